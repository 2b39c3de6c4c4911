// PKCS#11 numbers this service uses: our own table, because the binding knows v2.40's names only.

/** Mechanisms (PKCS#11 v2.40 §2, Current Mechanisms). */
export const mechanisms = {
  CKM_SHA256_HMAC: 0x251,
  CKM_GENERIC_SECRET_KEY_GEN: 0x350,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_AES_KEY_GEN: 0x1080,
  CKM_AES_ECB: 0x1081,
  CKM_AES_CBC_PAD: 0x1085,
  CKM_AES_GCM: 0x1087,
  CKM_AES_KEY_WRAP: 0x2109,
} as const

/** Attribute types (PKCS#11 v2.40 §4). */
export const attributes = {
  CKA_CLASS: 0x00,
  CKA_TOKEN: 0x01,
  CKA_PRIVATE: 0x02,
  CKA_LABEL: 0x03,
  CKA_VALUE: 0x11,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_ENCRYPT: 0x104,
  CKA_DECRYPT: 0x105,
  CKA_WRAP: 0x106,
  CKA_UNWRAP: 0x107,
  CKA_SIGN: 0x108,
  CKA_VERIFY: 0x10a,
  CKA_DERIVE: 0x10c,
  CKA_VALUE_LEN: 0x161,
  CKA_EXTRACTABLE: 0x162,
  CKA_LOCAL: 0x163,
  CKA_NEVER_EXTRACTABLE: 0x164,
  CKA_ALWAYS_SENSITIVE: 0x165,
  CKA_MODIFIABLE: 0x170,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKA_COPYABLE: 0x171,
} as const

/** Object classes, key types, session flags and user types. */
export const values = {
  CKO_DATA: 0x00,
  CKO_PUBLIC_KEY: 0x02,
  CKO_PRIVATE_KEY: 0x03,
  CKO_SECRET_KEY: 0x04,
  CKK_GENERIC_SECRET: 0x10,
  CKK_AES: 0x1f,
  CKF_RW_SESSION: 0x02,
  CKF_SERIAL_SESSION: 0x04,
  CKF_OS_LOCKING_OK: 0x02,
  CKU_USER: 1,
} as const
