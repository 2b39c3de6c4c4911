// Every Alibaba action for the matrix of permissions: what it takes, and what another account gets of it.
import type { Services } from '../../../src/core/services.ts'
import { createClient } from '../../dialects/alibaba/client.ts'
import { accountId, clusterIds } from '../../support/services.ts'
import { freshName, type Input, type Make, type Rows, type Server } from './row.ts'

const noKey = 'Forbidden.KeyNotFound'
const noAlias = 'Forbidden.AliasNotFound'
const window = { PendingWindowInDays: 7 }

/** Makes a CMK that can have a policy, and takes it through these actions. */
async function key(make: Make, ...events: readonly string[]): Promise<{ KeyId: string }> {
  const { KeyId } = (await make('CreateKey', { DKMSInstanceId: clusterIds[0] })).KeyMetadata
  for (const event of events)
    await make(event, event === 'ScheduleKeyDeletion' ? { KeyId, ...window } : { KeyId })
  return { KeyId }
}

async function alias(make: Make): Promise<{ AliasName: string }> {
  const made = { AliasName: `alias/${freshName()}` }
  await make('CreateAlias', { ...(await key(make)), ...made })
  return made
}

async function blob(make: Make): Promise<{ CiphertextBlob: string }> {
  const { CiphertextBlob } = await make('GenerateDataKey', await key(make))
  return { CiphertextBlob }
}

/** A row about a CMK in the state that these actions lead to, with what else the input has. */
const aboutKey = (events: readonly string[] = [], more: () => Input = () => ({})) => ({
  input: async (make: Make) => ({ ...(await key(make, ...events)), ...more() }),
  other: noKey,
})

/** A row about what the caller's account has. */
const own = (input: () => Input = () => ({})) => ({ input, other: 'OK' })

const policy = JSON.stringify({
  Version: '1',
  Statement: {
    Effect: 'Allow',
    Principal: { RAM: `acs:ram::${accountId}:*` },
    Action: 'kms:*',
    Resource: '*',
  },
})

export const rows: Rows = {
  CancelKeyDeletion: aboutKey(['ScheduleKeyDeletion']),
  CreateAlias: aboutKey([], () => ({ AliasName: `alias/${freshName()}` })),
  CreateKey: own(),
  CreateKeyVersion: aboutKey(),
  Decrypt: { input: blob, other: noKey },
  DeleteAlias: { input: alias, other: noAlias },
  DescribeKey: aboutKey(),
  DescribeKeyVersion: {
    async input(make) {
      const { KeyId } = await key(make)
      const { KeyMetadata } = await make('DescribeKey', { KeyId })
      return { KeyId, KeyVersionId: KeyMetadata.PrimaryKeyVersion }
    },
    other: noKey,
  },
  DescribeRegions: { ...own(), open: true },
  DisableKey: aboutKey(),
  EnableKey: aboutKey(['DisableKey']),
  Encrypt: aboutKey([], () => ({ Plaintext: 'text' })),
  GenerateDataKey: aboutKey(),
  GenerateDataKeyWithoutPlaintext: aboutKey(),
  GetKeyPolicy: aboutKey(),
  ListAliases: own(),
  ListAliasesByKeyId: aboutKey(),
  ListKeys: own(),
  ListKeyVersions: aboutKey(),
  ReEncrypt: {
    input: async (make) => ({ ...(await blob(make)), DestinationKeyId: (await key(make)).KeyId }),
    other: noKey,
    permissions: ['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  },
  ScheduleKeyDeletion: aboutKey([], () => window),
  SetKeyPolicy: aboutKey([], () => ({ Policy: policy })),
  UpdateAlias: {
    input: async (make) => ({ ...(await alias(make)), ...(await key(make)) }),
    other: noAlias,
  },
  UpdateKeyDescription: aboutKey([], () => ({ Description: 'other' })),
  UpdateRotationPolicy: aboutKey([], () => ({ EnableAutomaticRotation: true, RotationInterval: '7d' })),
}

/** The dialect in process. */
export async function openAlibaba(overrides: Partial<Services> = {}): Promise<Server> {
  const { call, audit, services, dialect } = await createClient(overrides)
  return {
    name: 'alibaba',
    actions: dialect.actions,
    services,
    audit,
    rows,
    codes: {
      denied: 'Forbidden.NoPermission',
      disabled: 'InvalidAccessKeyId.Inactive',
      expired: 'InvalidSecurityToken.Expired',
    },
    denial: (permission, explicit) => ({
      HttpStatus: 403,
      Message: new RegExp(
        `^This operation for acs:kms:cn-hangzhou:${accountId}:(key|alias)\\S* is forbidden by permission system\\.$`,
      ),
      AccessDeniedDetail: {
        AuthAction: permission,
        NoPermissionType: explicit ? 'ExplicitDeny' : 'ImplicitDeny',
      },
    }),
    async ask(action, input, signer) {
      const { status, body } = await call(action, input, signer)
      return { code: status === 200 ? 'OK' : body.Code, status, body }
    },
  }
}
