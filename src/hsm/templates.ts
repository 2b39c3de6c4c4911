// Templates of the objects this service makes, and what its keys must read back as.
import type { Template } from 'pkcs11js'
import { attributes as a, values as v } from './mechanisms.ts'

/** What a key under a strategy may do: wrap and unwrap, or encrypt and decrypt, or sign; nothing else. */
export type KeyUse = 'wrap' | 'encrypt' | 'sign'

const uses: Readonly<Record<KeyUse, readonly number[]>> = {
  wrap: [a.CKA_WRAP, a.CKA_UNWRAP],
  encrypt: [a.CKA_ENCRYPT, a.CKA_DECRYPT],
  sign: [a.CKA_SIGN, a.CKA_VERIFY],
}

const allUses = [
  a.CKA_WRAP,
  a.CKA_UNWRAP,
  a.CKA_ENCRYPT,
  a.CKA_DECRYPT,
  a.CKA_SIGN,
  a.CKA_VERIFY,
  a.CKA_DERIVE,
]

/** What is asked of a token beyond the use: tokens that do not know CKA_COPYABLE are not asked for it. */
export interface KeyTraits {
  readonly use: KeyUse
  readonly copyable: boolean
}

/** A CMK: AES-256, born in the token, unable to leave it, able to do its one thing and nothing else. */
export function cmkTemplate(id: Buffer, label: string, traits: KeyTraits): Template {
  return [{ type: a.CKA_KEY_TYPE, value: v.CKK_AES }, ...secretKeyTemplate(id, label, traits)]
}

/** The second key of a strategy that signs: 32 bytes, as little able to leave. */
export function macTemplate(id: Buffer, label: string, copyable: boolean): Template {
  return [
    { type: a.CKA_KEY_TYPE, value: v.CKK_GENERIC_SECRET },
    ...secretKeyTemplate(id, label, { use: 'sign', copyable }),
  ]
}

function secretKeyTemplate(id: Buffer, label: string, traits: KeyTraits): Template {
  return [
    { type: a.CKA_CLASS, value: v.CKO_SECRET_KEY },
    { type: a.CKA_VALUE_LEN, value: 32 },
    { type: a.CKA_ID, value: id },
    { type: a.CKA_LABEL, value: label },
    ...Object.entries(keyFlags(traits)).map(([type, value]) => ({ type: Number(type), value })),
  ]
}

function keyFlags({ use, copyable }: KeyTraits): Readonly<Record<number, boolean>> {
  return {
    [a.CKA_TOKEN]: true,
    [a.CKA_PRIVATE]: true,
    [a.CKA_SENSITIVE]: true,
    [a.CKA_EXTRACTABLE]: false,
    [a.CKA_MODIFIABLE]: false,
    ...(copyable ? { [a.CKA_COPYABLE]: false } : {}),
    ...Object.fromEntries(allUses.map((type) => [type, uses[use].includes(type)])),
  }
}

/** Boolean attributes of a key as they must read back: what was asked, and that it was born in the token. */
export function keyReadBack(
  traits: KeyTraits & { readonly local: boolean },
): Readonly<Record<number, boolean>> {
  return {
    ...keyFlags(traits),
    ...(traits.local ? { [a.CKA_LOCAL]: true } : {}),
    [a.CKA_ALWAYS_SENSITIVE]: true,
    [a.CKA_NEVER_EXTRACTABLE]: true,
  }
}

// PRIVATE would cost SoftHSM an encryption of the object per call and protect nothing: the bytes leave anyway.
const bareSecret: Template = [
  { type: a.CKA_CLASS, value: v.CKO_SECRET_KEY },
  { type: a.CKA_KEY_TYPE, value: v.CKK_GENERIC_SECRET },
  { type: a.CKA_TOKEN, value: false },
  { type: a.CKA_PRIVATE, value: false },
]

const readableSecret: Template = [
  ...bareSecret,
  { type: a.CKA_SENSITIVE, value: false },
  { type: a.CKA_EXTRACTABLE, value: true },
]

/** A payload on its way under a CMK: a session object that lives for one call. */
export function payloadTemplate(payload: Buffer): Template {
  return [...readableSecret, { type: a.CKA_VALUE, value: payload }]
}

/** A payload on its way out of a wrapped blob: some tokens demand that it be called readable, others refuse it. */
export const unwrapTemplates = { readable: readableSecret, bare: bareSecret } as const

/** The secret-key objects that live on the token. */
export const tokenKeysTemplate: Template = [
  { type: a.CKA_CLASS, value: v.CKO_SECRET_KEY },
  { type: a.CKA_TOKEN, value: true },
]
