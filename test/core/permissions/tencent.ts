// Every Tencent action for the matrix of permissions: what it takes, and what another account gets of it.
import type { Services } from '../../../src/core/services.ts'
import { createClient } from '../../dialects/tencent/client.ts'
import { accountId } from '../../support/services.ts'
import { freshName, type Input, type Make, type Rows, type Server } from './row.ts'

const noKey = 'ResourceUnavailable.CmkNotFound'
const noDataKey = 'ResourceUnavailable.DataKeyNotFound'
const noBlob = 'InvalidParameterValue.InvalidCiphertext'
const window = { PendingWindowInDays: 7 }

/** Makes a CMK and takes it through these actions. */
async function key(make: Make, ...events: readonly string[]): Promise<{ KeyId: string }> {
  const { KeyId } = await make('CreateKey', { Alias: freshName() })
  for (const event of events)
    await make(event, event === 'ScheduleKeyDeletion' ? { KeyId, ...window } : { KeyId })
  return { KeyId }
}

/** Makes a hosted data key; the reply. */
async function hosted(make: Make) {
  const host = { KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: freshName() }
  return make('GenerateDataKey', { ...(await key(make)), ...host })
}

async function dataKey(make: Make): Promise<{ DataKeyId: string }> {
  const { DataKeyId } = await hosted(make)
  return { DataKeyId }
}

async function dataKeys(make: Make): Promise<{ DataKeyIds: string[] }> {
  return { DataKeyIds: [(await hosted(make)).DataKeyId, (await hosted(make)).DataKeyId] }
}

/** A row about a CMK in the state that these actions lead to, with what else the input has. */
const aboutKey = (events: readonly string[] = [], more: () => Input = () => ({})) => ({
  input: async (make: Make) => ({ ...(await key(make, ...events)), ...more() }),
  other: noKey,
})

const aboutDataKey = (more: () => Input = () => ({})) => ({
  input: async (make: Make) => ({ ...(await dataKey(make)), ...more() }),
  other: noDataKey,
})

const aboutDataKeys = { input: dataKeys, other: noDataKey }

/** A row about what the caller's account has. */
const own = (input: () => Input = () => ({})) => ({ input, other: 'OK' })

export const rows: Rows = {
  ArchiveKey: aboutKey(),
  CancelDataKeyDeletion: {
    async input(make) {
      const made = await dataKey(make)
      await make('ScheduleDataKeyDeletion', { ...made, ...window })
      return made
    },
    other: noDataKey,
  },
  CancelKeyArchive: aboutKey(['ArchiveKey']),
  CancelKeyDeletion: aboutKey(['DisableKey', 'ScheduleKeyDeletion']),
  CreateKey: own(() => ({ Alias: freshName() })),
  Decrypt: {
    input: async (make) => ({ CiphertextBlob: (await hosted(make)).CiphertextBlob }),
    other: noBlob,
  },
  DescribeDataKey: aboutDataKey(),
  DescribeDataKeys: aboutDataKeys,
  DescribeKey: aboutKey(),
  DescribeKeys: {
    input: async (make) => ({ KeyIds: [(await key(make)).KeyId, (await key(make)).KeyId] }),
    other: noKey,
  },
  DisableDataKey: aboutDataKey(),
  DisableDataKeys: aboutDataKeys,
  DisableKey: aboutKey(),
  DisableKeyRotation: aboutKey(['EnableKeyRotation']),
  EnableDataKey: {
    async input(make) {
      const made = await dataKey(make)
      await make('DisableDataKey', made)
      return made
    },
    other: noDataKey,
  },
  EnableDataKeys: {
    async input(make) {
      const made = await dataKeys(make)
      await make('DisableDataKeys', made)
      return made
    },
    other: noDataKey,
  },
  EnableKey: aboutKey(['DisableKey']),
  EnableKeyRotation: aboutKey(),
  Encrypt: aboutKey([], () => ({ Plaintext: 'dGVzdA==' })),
  GenerateDataKey: aboutKey([], () => ({ KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: freshName() })),
  GenerateRandom: own(() => ({ NumberOfBytes: 8 })),
  GetDataKeyCiphertextBlob: aboutDataKey(),
  GetDataKeyPlaintext: aboutDataKey(),
  GetKeyRotationStatus: aboutKey(),
  GetRegions: { ...own(), open: true },
  GetServiceStatus: own(),
  ImportDataKey: {
    async input(make) {
      const { KeyId, CiphertextBlob } = await hosted(make)
      return { KeyId, ImportKeyMaterial: CiphertextBlob, ImportType: 1, DataKeyName: freshName() }
    },
    other: 'InvalidParameterValue.InvalidImportKeyMaterial',
  },
  ListAlgorithms: own(),
  ListDataKeyDetail: own(),
  ListDataKeys: own(),
  ListKeyDetail: own(),
  ListKeys: own(),
  ReEncrypt: {
    async input(make) {
      const { CiphertextBlob } = await hosted(make)
      return { CiphertextBlob, DestinationKeyId: (await key(make)).KeyId }
    },
    other: noBlob,
  },
  RotateKey: aboutKey(['EnableKeyRotation']),
  ScheduleDataKeyDeletion: aboutDataKey(() => window),
  ScheduleKeyDeletion: aboutKey(['DisableKey'], () => window),
  UpdateAlias: aboutKey([], () => ({ Alias: freshName() })),
  UpdateDataKeyDescription: aboutDataKey(() => ({ Description: 'other' })),
  UpdateDataKeyName: aboutDataKey(() => ({ DataKeyName: freshName() })),
  UpdateKeyDescription: aboutKey([], () => ({ Description: 'other' })),
}

/** The dialect in process. */
export async function openTencent(overrides: Partial<Services> = {}): Promise<Server> {
  const { call, audit, services, dialect } = await createClient(overrides)
  return {
    name: 'tencent',
    actions: dialect.actions,
    services,
    audit,
    rows,
    codes: {
      denied: 'UnauthorizedOperation',
      disabled: 'AuthFailure.SecretIdNotFound',
      expired: 'AuthFailure.TokenFailure',
    },
    denial: (permission) => ({
      Error: { Message: new RegExp(`${permission}\\b.*qcs::kms:ap-guangzhou:uin/${accountId}:key/`) },
    }),
    async ask(action, input, signer) {
      const { token, ...key } = signer ?? {}
      const headers = token === undefined ? {} : { 'x-tc-token': token }
      const body = await call(action, input, { ...key, headers })
      return { code: body.Error?.Code ?? 'OK', status: 200, body }
    },
  }
}
