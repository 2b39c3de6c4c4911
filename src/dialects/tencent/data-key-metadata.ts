// DataKeyMetadata: a hosted data key as Tencent shows it (KMS API 2019-01-18, data types).
import { Type } from 'typebox'
import type { DataKey } from '../../core/data-key.ts'
import { accountMembers, seconds, stateName, syncMembers } from './key-metadata.ts'

const origins = { generated: 'TENCENT_KMS', imported: 'EXTERNAL' } as const

/** The origin of the vendor's name, undefined for none of ours. */
export function originOf(name: string): DataKey['origin'] | undefined {
  return (['generated', 'imported'] as const).find((origin) => origins[origin] === name)
}

export const dataKeyMetadata = Type.Object({
  DataKeyId: Type.String(),
  KeyId: Type.String(),
  KeyName: Type.String(),
  DataKeyName: Type.String(),
  NumberOfBytes: Type.Integer(),
  CreateTime: Type.Integer(),
  Description: Type.String(),
  KeyState: Type.String(),
  CreatorUin: Type.Integer(),
  Owner: Type.String(),
  DeletionDate: Type.Integer(),
  Origin: Type.String(),
  HsmClusterId: Type.String(),
  ResourceId: Type.String(),
  ...syncMembers.schema,
  ...accountMembers.schema,
})

/** Every member, times in unix seconds; what this service has no notion of is 0 or empty. */
export function toDataKeyMetadata(dataKey: DataKey) {
  return {
    DataKeyId: dataKey.id,
    KeyId: dataKey.keyId,
    KeyName: dataKey.keyAlias,
    DataKeyName: dataKey.name,
    NumberOfBytes: dataKey.length,
    CreateTime: seconds(dataKey.createdAt),
    Description: dataKey.description,
    KeyState: stateName(dataKey.state),
    CreatorUin: Number(dataKey.accountId),
    Owner: 'user',
    DeletionDate: seconds(dataKey.deletionAt),
    Origin: origins[dataKey.origin],
    HsmClusterId: dataKey.clusterId,
    ResourceId: `creatorUin/${dataKey.accountId}/${dataKey.id}`,
    ...syncMembers.values,
    ...accountMembers.values(dataKey.accountId),
  }
}
