// KeyMetadata: a CMK as Alibaba shows it (KMS 2016-01-20).
import { Type } from 'typebox'
import type { Key } from '../../core/key.ts'
import type { KeyState } from '../../core/key-state.ts'

/** Archived is Tencent's notion: a key that decrypts only is Unavailable to whoever knows it not. */
const states: Readonly<Record<KeyState, string>> = {
  Enabled: 'Enabled',
  Disabled: 'Disabled',
  Archived: 'Unavailable',
  PendingDeletion: 'PendingDeletion',
}

export const keyMetadata = Type.Object({
  KeyId: Type.String(),
  Arn: Type.String(),
  KeySpec: Type.String(),
  KeyUsage: Type.String(),
  KeyState: Type.String(),
  Origin: Type.String(),
  ProtectionLevel: Type.String(),
  PrimaryKeyVersion: Type.String(),
  Creator: Type.String(),
  CreationDate: Type.String(),
  LastRotationDate: Type.String(),
  AutomaticRotation: Type.String(),
  RotationInterval: Type.Optional(Type.String()),
  NextRotationDate: Type.Optional(Type.String()),
  Description: Type.String(),
  DeleteDate: Type.String(),
  MaterialExpireTime: Type.String(),
  DeletionProtection: Type.String(),
  DeletionProtectionDescription: Type.String(),
  DKMSInstanceId: Type.Optional(Type.String()),
})

/** The state's name at Alibaba. */
export function stateName(state: KeyState): string {
  return states[state]
}

/** `YYYY-MM-DDThh:mm:ssZ` of milliseconds; empty for none. */
export function timestamp(milliseconds: number | null): string {
  return milliseconds === null ? '' : `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}

/** ARN of a key or an alias, such as `acs:kms:cn-hangzhou:100000000001:key/…`. */
export function arn(region: string, accountId: string, resource: string): string {
  return `acs:kms:${region}:${accountId}:${resource}`
}

/** A schedule waits while its key is not enabled. Interval and next date are there only with a schedule. */
function toRotation({ state, rotationInterval, rotationAt }: Key) {
  if (rotationInterval === null) return { AutomaticRotation: 'Disabled' }
  return {
    AutomaticRotation: state === 'Enabled' ? 'Enabled' : 'Suspended',
    RotationInterval: `${rotationInterval / 1000}s`,
    NextRotationDate: timestamp(rotationAt),
  }
}

/** DKMSInstanceId is there only for keys created in a cluster by name: clients take its presence as special. */
export function toKeyMetadata(key: Key, region: string) {
  return {
    KeyId: key.id,
    Arn: arn(region, key.accountId, `key/${key.id}`),
    KeySpec: 'Aliyun_AES_256',
    KeyUsage: 'ENCRYPT/DECRYPT',
    KeyState: stateName(key.state),
    Origin: 'Aliyun_KMS',
    ProtectionLevel: key.protectionLevel,
    PrimaryKeyVersion: key.primaryVersionId,
    Creator: key.accountId,
    CreationDate: timestamp(key.createdAt),
    LastRotationDate: timestamp(key.rotatedAt ?? key.createdAt),
    ...toRotation(key),
    Description: key.description,
    DeleteDate: timestamp(key.deletionAt),
    MaterialExpireTime: '',
    DeletionProtection: 'Disabled',
    DeletionProtectionDescription: '',
    ...(key.dedicated ? { DKMSInstanceId: key.clusterId } : {}),
  }
}
