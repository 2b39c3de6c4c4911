// CreateKey: makes a CMK, born in the token of its cluster.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { ParameterError } from '../../parameters.ts'
import { exampleCluster, exampleKeyId } from '../examples.ts'
import { alias, given, hsmClusterId, strict, tags, tagsOf } from '../fields.ts'
import { seconds, stateName } from '../key-metadata.ts'
import { refuse } from '../messages.ts'

/** Usages the vendor documents that no token here offers. */
const otherUsages: readonly string[] = [
  'ASYMMETRIC_DECRYPT_RSA_2048',
  'ASYMMETRIC_DECRYPT_SM2',
  'ASYMMETRIC_SIGN_VERIFY_SM2',
  'ASYMMETRIC_SIGN_VERIFY_ECC',
  'ASYMMETRIC_SIGN_VERIFY_RSA_2048',
  'ASYMMETRIC_SIGN_VERIFY_ECDSA384',
]

/** Longest Description, in bytes. */
export const descriptionLimit = 1024

/** Throws ParameterError when a description is longer than the vendor allows. */
export function checkDescription(description: string): void {
  if (Buffer.byteLength(description) > descriptionLimit) throw new ParameterError('value', 'Description')
}

export const createKey = defineAction({
  name: 'CreateKey',
  summary: 'Makes a CMK, born in the token of its cluster.',
  input: Type.Object(
    {
      Alias: alias,
      Description: Type.Optional(Type.String({ description: 'At most 1,024 bytes.' })),
      KeyUsage: Type.Optional(Type.String({ description: 'ENCRYPT_DECRYPT, the default.' })),
      Type: Type.Optional(
        Type.Integer({ description: '1: KMS makes the material (default); 2: you import it.' }),
      ),
      Tags: tags,
      HsmClusterId: hsmClusterId,
    },
    strict,
  ),
  output: Type.Object({
    KeyId: Type.String(),
    Alias: Type.String(),
    CreateTime: Type.Integer(),
    Description: Type.String(),
    KeyState: Type.String(),
    KeyUsage: Type.String(),
    TagCode: Type.Integer(),
    TagMsg: Type.String(),
    HsmClusterId: Type.String(),
  }),
  errors: [
    'FailedOperation.TaggingError',
    'InvalidParameter',
    'InvalidParameterValue.AliasAlreadyExists',
    'InvalidParameterValue.InvalidAlias',
    'InvalidParameterValue.InvalidHsmClusterId',
    'InvalidParameterValue.InvalidKeyUsage',
    'InvalidParameterValue.InvalidType',
    'InvalidParameterValue.TagKeysDuplicated',
    'InvalidParameterValue.TagsNotExisted',
    'LimitExceeded.CmkLimitExceeded',
    'UnauthorizedOperation',
    'UnsupportedOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
    'UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion',
  ],
  example: {
    input: { Alias: 'orders', Description: 'orders', HsmClusterId: exampleCluster },
    output: {
      KeyId: exampleKeyId,
      Alias: 'orders',
      CreateTime: 1700000000,
      Description: 'orders',
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      TagCode: 0,
      TagMsg: 'ok',
      HsmClusterId: exampleCluster,
    },
  },
  async handle(input, { kms, caller }) {
    checkUsage(given(input.KeyUsage) ?? 'ENCRYPT_DECRYPT')
    checkType(input.Type ?? 1)
    const description = input.Description ?? ''
    checkDescription(description)
    const clusterId = given(input.HsmClusterId)
    const key = await kms.createKey(caller, {
      spec: 'AES_256',
      usage: 'ENCRYPT_DECRYPT',
      protectionLevel: 'HSM',
      description,
      alias: input.Alias,
      tags: tagsOf(input),
      ...(clusterId === undefined ? {} : { clusterId }),
    })
    return {
      KeyId: key.id,
      Alias: key.alias,
      CreateTime: seconds(key.createdAt),
      Description: key.description,
      KeyState: stateName(key.state),
      KeyUsage: key.usage,
      TagCode: 0,
      TagMsg: 'ok',
      HsmClusterId: key.clusterId,
    }
  },
})

function checkUsage(usage: string): void {
  if (usage === 'ENCRYPT_DECRYPT') return
  if (!otherUsages.includes(usage)) {
    throw new ParameterError('value', 'KeyUsage', 'InvalidParameterValue.InvalidKeyUsage')
  }
  const code = 'UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion'
  throw refuse(code, 'keyUsageUnsupported', { usage })
}

// Import of material is not offered yet; the refusal is the vendor's generic one.
function checkType(type: number): void {
  if (type === 1) return
  if (type === 2) throw refuse('UnsupportedOperation', 'importUnsupported')
  throw new ParameterError('value', 'Type', 'InvalidParameterValue.InvalidType')
}
