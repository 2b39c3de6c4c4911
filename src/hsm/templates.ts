// Templates of the objects this service makes, and what a CMK must read back as.
import type { Template } from 'pkcs11js'
import { attributes as a, values as v } from './mechanisms.ts'

/** A CMK: AES-256, born in the token, unable to leave it, able to wrap and unwrap and to do nothing else. */
export function cmkTemplate(id: Buffer, label: string): Template {
  return [
    { type: a.CKA_CLASS, value: v.CKO_SECRET_KEY },
    { type: a.CKA_KEY_TYPE, value: v.CKK_AES },
    { type: a.CKA_VALUE_LEN, value: 32 },
    { type: a.CKA_ID, value: id },
    { type: a.CKA_LABEL, value: label },
    ...Object.entries(cmkFlags).map(([type, value]) => ({ type: Number(type), value })),
  ]
}

const cmkFlags: Readonly<Record<number, boolean>> = {
  [a.CKA_TOKEN]: true,
  [a.CKA_PRIVATE]: true,
  [a.CKA_SENSITIVE]: true,
  [a.CKA_EXTRACTABLE]: false,
  [a.CKA_MODIFIABLE]: false,
  [a.CKA_COPYABLE]: false,
  [a.CKA_WRAP]: true,
  [a.CKA_UNWRAP]: true,
  [a.CKA_ENCRYPT]: false,
  [a.CKA_DECRYPT]: false,
  [a.CKA_SIGN]: false,
  [a.CKA_VERIFY]: false,
  [a.CKA_DERIVE]: false,
}

/** Boolean attributes of a CMK as they must read back: what was asked, and that it was born in the token. */
export const cmkReadBack: Readonly<Record<number, boolean>> = {
  ...cmkFlags,
  [a.CKA_LOCAL]: true,
  [a.CKA_ALWAYS_SENSITIVE]: true,
  [a.CKA_NEVER_EXTRACTABLE]: true,
}

// PRIVATE would cost SoftHSM an encryption of the object per call and protect nothing: the bytes leave anyway.
const sessionSecret: Template = [
  { type: a.CKA_CLASS, value: v.CKO_SECRET_KEY },
  { type: a.CKA_KEY_TYPE, value: v.CKK_GENERIC_SECRET },
  { type: a.CKA_TOKEN, value: false },
  { type: a.CKA_PRIVATE, value: false },
  { type: a.CKA_SENSITIVE, value: false },
  { type: a.CKA_EXTRACTABLE, value: true },
]

/** A payload on its way under a CMK: a session object that lives for one call. */
export function payloadTemplate(payload: Buffer): Template {
  return [...sessionSecret, { type: a.CKA_VALUE, value: payload }]
}

/** A payload on its way out of a wrapped blob. */
export const unwrappedTemplate: Template = sessionSecret

/** The secret-key objects that live on the token. */
export const tokenKeysTemplate: Template = [
  { type: a.CKA_CLASS, value: v.CKO_SECRET_KEY },
  { type: a.CKA_TOKEN, value: true },
]
