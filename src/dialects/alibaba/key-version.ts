// KeyVersion: one version of a CMK as Alibaba shows it.
import { Type } from 'typebox'
import type { KeyVersion } from '../../core/key.ts'
import { timestamp } from './key-metadata.ts'

export const keyVersion = Type.Object({
  KeyId: Type.String(),
  KeyVersionId: Type.String(),
  CreationDate: Type.String(),
})

export function toKeyVersion({ id, keyId, createdAt }: KeyVersion) {
  return { KeyId: keyId, KeyVersionId: id, CreationDate: timestamp(createdAt) }
}
