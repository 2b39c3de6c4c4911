// CreateKey: makes a CMK, born in the token of its cluster.
import { Type } from 'typebox'
import type { Tag } from '../../../core/ports.ts'
import { defineAction, WireError } from '../../dialect.ts'
import { ParameterError } from '../../parameters.ts'
import { exampleMetadata } from '../examples.ts'
import { keyMetadata, toKeyMetadata } from '../key-metadata.ts'
import { checkPolicy, policyText } from '../key-policy.ts'
import { parseRotationInterval, rotationInterval } from '../rotation.ts'

/** Specs and usages the vendor documents that no token here offers. */
const otherSpecs: readonly string[] = [
  'Aliyun_AES_128',
  'Aliyun_AES_192',
  'Aliyun_SM4',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_P256',
  'EC_P256K',
  'EC_SM2',
]

export const createKey = defineAction({
  name: 'CreateKey',
  summary: 'Makes a CMK, born in the token of its cluster.',
  input: Type.Object({
    KeySpec: Type.Optional(Type.String({ description: 'Aliyun_AES_256, the default.' })),
    KeyUsage: Type.Optional(Type.String({ description: 'ENCRYPT/DECRYPT, the default.' })),
    Origin: Type.Optional(Type.String({ description: 'Aliyun_KMS, the default.' })),
    ProtectionLevel: Type.Optional(
      Type.Union([Type.Literal('SOFTWARE'), Type.Literal('HSM')], {
        description: 'Kept and shown; the key is in a token either way.',
      }),
    ),
    Description: Type.Optional(Type.String({ maxLength: 8192, description: 'At most 8,192 characters.' })),
    EnableAutomaticRotation: Type.Optional(Type.Boolean({ description: 'false, the default, or true.' })),
    RotationInterval: rotationInterval,
    Tags: Type.Optional(Type.String({ description: 'JSON list of { TagKey, TagValue }, at most 20.' })),
    Policy: Type.Optional(policyText),
    DKMSInstanceId: Type.Optional(Type.String({ description: 'HSM cluster the CMK is to live in.' })),
  }),
  output: Type.Object({ KeyMetadata: keyMetadata }),
  errors: [
    'InvalidParameter',
    'Rejected.LimitExceeded',
    'UnsupportedOperation',
    'Forbidden.DKMSInstanceNotFound',
    'Forbidden.KeyPolicyUnSupported',
    'ServiceUnavailableTemporary',
  ],
  example: { input: {}, output: { KeyMetadata: exampleMetadata } },
  async handle(input, { kms, caller, settings }) {
    refuseUnoffered(input)
    const { DKMSInstanceId: clusterId, Policy } = input
    const key = await kms.createKey(caller, {
      spec: 'AES_256',
      usage: 'ENCRYPT_DECRYPT',
      protectionLevel: input.ProtectionLevel ?? 'SOFTWARE',
      description: input.Description ?? '',
      tags: parseTags(input.Tags),
      ...(input.EnableAutomaticRotation === true
        ? { rotationInterval: parseRotationInterval(input.RotationInterval) }
        : {}),
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(Policy === undefined ? {} : { policy: checkPolicy(Policy) }),
    })
    return { KeyMetadata: toKeyMetadata(key, settings.region) }
  },
})

interface Choice {
  KeySpec?: string
  KeyUsage?: string
  Origin?: string
}

function refuseUnoffered(input: Choice): void {
  choose('KeySpec', input.KeySpec, 'Aliyun_AES_256', otherSpecs)
  choose('KeyUsage', input.KeyUsage, 'ENCRYPT/DECRYPT', ['SIGN/VERIFY'])
  choose('Origin', input.Origin, 'Aliyun_KMS', ['EXTERNAL'])
}

function choose(
  name: string,
  value: string | undefined,
  offered: string,
  documented: readonly string[],
): void {
  if (value === undefined || value === offered) return
  throw documented.includes(value) ? unsupported() : new ParameterError('value', name)
}

function unsupported(): WireError {
  return new WireError('UnsupportedOperation', 'This action is not supported.')
}

function parseTags(text: string | undefined): Tag[] {
  if (text === undefined) return []
  const invalid = new ParameterError('value', 'Tags')
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw invalid
  }
  if (!Array.isArray(list) || list.length > 20) throw invalid
  return list.map((entry: unknown) => {
    const { TagKey, TagValue = '' } = (entry ?? {}) as { TagKey?: unknown; TagValue?: unknown }
    if (!isTagText(TagKey) || TagKey === '' || /^(aliyun|acs:)/.test(TagKey) || !isTagText(TagValue))
      throw invalid
    return { key: TagKey, value: TagValue }
  })
}

function isTagText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && /^[\p{L}\p{N}/\\_\-.+=:@ ]*$/u.test(value)
}
