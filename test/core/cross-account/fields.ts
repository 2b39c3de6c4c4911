// Every field of every action, and for those that name something all the ways to name what another account has.
import { otherAccountId } from '../../support/services.ts'
import type { Input } from '../permissions/row.ts'
import type { Belongings } from './belongings.ts'

/** Fields to set in an input that is right otherwise; what names a thing is the same for things that never were. */
export type Forms = (of: Belongings, input: Input) => readonly Input[]

export interface Fields {
  /** Fields that name what is there already. */
  readonly references: Readonly<Record<string, Forms>>
  /** Fields that search, or name what is to be made: names are each account's own, so these may succeed. */
  readonly names: Readonly<Record<string, Forms>>
  /** Fields that name nothing an account has. */
  readonly others: readonly string[]
}

const region = { tencent: 'ap-guangzhou', alibaba: 'cn-hangzhou' }

/** A blob, with its context in whichever field the action takes that of a blob. */
const blobs =
  (dialect: string): Forms =>
  (of, input) =>
    (of.blobs[dialect] ?? []).map(({ text, context }) => ({
      CiphertextBlob: text,
      ...(context === ''
        ? {}
        : { ['DestinationKeyId' in input ? 'SourceEncryptionContext' : 'EncryptionContext']: context }),
    }))

/** An id in a field that takes a list: alone, and after the caller's own. */
const inList =
  (field: string, id: (of: Belongings) => string): Forms =>
  (of, input) => [{ [field]: [id(of)] }, { [field]: [...(input[field] as string[]), id(of)] }]

const tencentKey =
  (field: string): Forms =>
  ({ keyId, keyVersionId, alias, accountId }) => {
    const name = `qcs::kms:${region.tencent}:uin/${accountId}:key/creatorUin/${accountId}/${keyId}`
    return [keyId, keyVersionId, alias, name].map((value) => ({ [field]: value }))
  }

export const tencentFields: Fields = {
  references: {
    KeyId: tencentKey('KeyId'),
    DestinationKeyId: tencentKey('DestinationKeyId'),
    KeyIds: inList('KeyIds', ({ keyId }) => keyId),
    DataKeyId: ({ dataKeyId, dataKeyName, keyId }) =>
      [dataKeyId, dataKeyName, keyId].map((value) => ({ DataKeyId: value })),
    DataKeyIds: inList('DataKeyIds', ({ dataKeyId }) => dataKeyId),
    CiphertextBlob: blobs('tencent'),
    ImportKeyMaterial: ({ keyId, blobs }) =>
      (blobs.tencent ?? []).flatMap(({ text: ImportKeyMaterial }) => [
        { ImportKeyMaterial },
        { ImportKeyMaterial, KeyId: undefined },
        { ImportKeyMaterial, KeyId: keyId },
      ]),
    MemberAccount: ({ accountId }) => [{ MemberAccount: { MemberAppId: 1, MemberUin: Number(accountId) } }],
    MemberAccounts: ({ accountId }) => [
      { MemberAccounts: [{ MemberAppId: 1, MemberUin: Number(accountId) }] },
    ],
  },
  names: {
    Alias: ({ alias }) => [{ Alias: alias }],
    DataKeyName: ({ dataKeyName }) => [{ DataKeyName: dataKeyName }],
    SearchKeyAlias: ({ keyId, alias, dataKeyId, dataKeyName }) =>
      [keyId, alias, dataKeyId, dataKeyName].map((value) => ({ SearchKeyAlias: value })),
    TagFilters: ({ tag }) => [{ TagFilters: [{ TagKey: tag }] }],
  },
  others: [
    ...['DataKeyLen', 'Description', 'DestinationEncryptionContext', 'EncryptionAlgorithm'],
    ...['EncryptionContext', 'EncryptionPublicKey', 'HsmClusterId', 'ImportType', 'IsHostedByKms', 'KeySpec'],
    ...['KeyState', 'KeyUsage', 'Limit', 'NumberOfBytes', 'Offset', 'OrderType', 'Origin'],
    ...['PendingWindowInDays', 'Plaintext', 'Role', 'RotateDays', 'SourceEncryptionContext', 'Tags', 'Type'],
  ],
}

const alibabaKey =
  (field: string): Forms =>
  ({ keyId, keyVersionId, alias, accountId }) => {
    const arn = (account: string, item: string, at = region.alibaba) => `acs:kms:${at}:${account}:${item}`
    const forms = [
      keyId,
      keyVersionId,
      `alias/${alias}`,
      arn(accountId, `key/${keyId}`),
      arn(otherAccountId, `key/${keyId}`),
      arn('100000000009', `key/${keyId}`),
      arn(accountId, `key/${keyId}`, 'cn-beijing'),
      arn(accountId, `alias/${alias}`),
      arn(otherAccountId, `alias/${alias}`),
    ]
    return forms.map((value) => ({ [field]: value }))
  }

/** A filter of ListKeys. */
const filter = (Key: string, ...Values: string[]) => ({ Filters: JSON.stringify([{ Key, Values }]) })

export const alibabaFields: Fields = {
  references: {
    KeyId: alibabaKey('KeyId'),
    DestinationKeyId: alibabaKey('DestinationKeyId'),
    KeyVersionId: ({ keyVersionId }) => [{ KeyVersionId: keyVersionId }],
    CiphertextBlob: blobs('alibaba'),
  },
  names: {
    AliasName: ({ alias }) => [{ AliasName: `alias/${alias}` }],
    Filters: ({ keyId, alias, tag }) => [
      filter('KeyId', keyId),
      filter('AliasName', `alias/${alias}`),
      filter('TagKey', tag),
    ],
  },
  others: [
    ...['DKMSInstanceId', 'Description', 'DestinationEncryptionContext', 'DryRun', 'EnableAutomaticRotation'],
    ...['EncryptionContext', 'KeySpec', 'KeyUsage', 'NumberOfBytes', 'Origin', 'PageNumber', 'PageSize'],
    ...['PendingWindowInDays', 'Plaintext', 'Policy', 'PolicyName', 'ProtectionLevel', 'RotationInterval'],
    ...['SourceEncryptionContext', 'Tags'],
  ],
}

/** What may be answered to whoever names what is another account's: that it is not there, or that it is no name. */
export const refusals: Readonly<Record<string, readonly string[]>> = {
  tencent: [
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.DataKeyNotFound',
    'InvalidParameterValue.InvalidCiphertext',
    'InvalidParameterValue.InvalidImportKeyMaterial',
    'InvalidParameterValue.InvalidKeyId',
    'InvalidParameterValue.InvalidDataKeyId',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  alibaba: [
    'Forbidden.KeyNotFound',
    'Forbidden.AliasNotFound',
    'Forbidden.KeyVersionNotFound',
    'Forbidden.NoPermission',
    'Unsupported.Alias',
    // Dry runs.
    'ValidationError',
    'AccessDeniedError',
  ],
}
