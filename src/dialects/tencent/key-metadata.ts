// KeyMetadata: a CMK as Tencent shows it (KMS API 2019-01-18, data types).
import { Type } from 'typebox'
import type { Key } from '../../core/key.ts'
import type { KeyState } from '../../core/key-state.ts'
import { day } from '../../core/units.ts'

/** KMS keeps FIPS regions' type for AES-256. */
const aes256Type = 2
const year = 31_536_000

const states: Readonly<Record<KeyState, string>> = {
  Enabled: 'Enabled',
  Disabled: 'Disabled',
  Archived: 'Archived',
  PendingDeletion: 'PendingDelete',
}

/** Members about synchronisation between regions, which this service does not do. */
export const syncMembers = {
  schema: {
    IsSyncReplica: Type.Integer(),
    SourceRegion: Type.String(),
    SyncStatus: Type.Integer(),
    SyncMessages: Type.String(),
    SyncStartTime: Type.Integer(),
    SyncEndTime: Type.Integer(),
    SourceHsmClusterId: Type.String(),
  },
  values: {
    IsSyncReplica: 0,
    SourceRegion: '',
    SyncStatus: 0,
    SyncMessages: '',
    SyncStartTime: 0,
    SyncEndTime: 0,
    SourceHsmClusterId: '',
  },
} as const

/** Members about an organization's accounts, which this service does not know, and the creator as text. */
export const accountMembers = {
  schema: {
    AccountAppId: Type.Integer(),
    AccountUin: Type.Integer(),
    AccountName: Type.String(),
    CreatorUinString: Type.String(),
  },
  values: (accountId: string) => ({
    AccountAppId: 0,
    AccountUin: 0,
    AccountName: '',
    CreatorUinString: accountId,
  }),
} as const

export const keyMetadata = Type.Object({
  KeyId: Type.String(),
  Alias: Type.String(),
  CreateTime: Type.Integer(),
  Description: Type.String(),
  KeyState: Type.String(),
  KeyUsage: Type.String(),
  Type: Type.Integer(),
  CreatorUin: Type.Integer(),
  KeyRotationEnabled: Type.Boolean(),
  Owner: Type.String(),
  NextRotateTime: Type.Integer(),
  DeletionDate: Type.Integer(),
  Origin: Type.String(),
  ValidTo: Type.Integer(),
  ResourceId: Type.String(),
  HsmClusterId: Type.String(),
  RotateDays: Type.Integer(),
  LastRotateTime: Type.Integer(),
  ...syncMembers.schema,
  ...accountMembers.schema,
})

/** The state's name at Tencent. */
export function stateName(state: KeyState): string {
  return states[state]
}

/** Unix seconds of milliseconds; 0 for none. */
export function seconds(milliseconds: number | null): number {
  return milliseconds === null ? 0 : Math.floor(milliseconds / 1000)
}

/** Every member, times in unix seconds; what this service has no notion of is 0 or empty. */
export function toKeyMetadata(key: Key) {
  const created = seconds(key.createdAt)
  return {
    KeyId: key.id,
    Alias: key.alias,
    CreateTime: created,
    Description: key.description,
    KeyState: stateName(key.state),
    KeyUsage: key.usage,
    Type: aes256Type,
    CreatorUin: Number(key.accountId),
    KeyRotationEnabled: key.rotationInterval !== null,
    Owner: 'user',
    // The vendor's examples show it a year ahead even while rotation is off.
    NextRotateTime: key.rotationAt === null ? created + year : seconds(key.rotationAt),
    DeletionDate: seconds(key.deletionAt),
    Origin: 'TENCENT_KMS',
    ValidTo: 0,
    ResourceId: `creatorUin/${key.accountId}/${key.id}`,
    HsmClusterId: key.clusterId,
    RotateDays: Math.floor((key.rotationInterval ?? 0) / day),
    LastRotateTime: seconds(key.rotatedAt),
    ...syncMembers.values,
    ...accountMembers.values(key.accountId),
  }
}
