// Access keys with sealed secrets.
import type { Kysely, Selectable } from 'kysely'
import type { NewCredential, Status, StoredCredential } from '../core/identities.ts'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

function selectCredentials(db: Db) {
  return db
    .selectFrom('credentials')
    .innerJoin('accounts', 'accounts.id', 'credentials.account_id')
    .leftJoin('users', 'users.id', 'credentials.user_id')
    .selectAll('credentials')
    .select(['accounts.status as account_status', 'users.status as user_status'])
}

function toCredential(
  row: Selectable<Database['credentials']> & { account_status: Status; user_status: Status | null },
): StoredCredential {
  return Object.freeze({
    accessKeyId: row.access_key_id,
    accountId: row.account_id,
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    sealedSecret: Buffer.from(row.sealed_secret),
    ...(row.token_digest === null || row.expires_at === null
      ? {}
      : { temporary: { tokenDigest: row.token_digest, expiresAt: row.expires_at } }),
    status: row.status,
    active: [row.status, row.account_status, row.user_status].every((status) => status !== 'Disabled'),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  })
}

export async function selectCredential(db: Db, accessKeyId: string): Promise<StoredCredential | undefined> {
  const row = await selectCredentials(db).where('access_key_id', '=', accessKeyId).executeTakeFirst()
  return row === undefined ? undefined : toCredential(row)
}

export async function listCredentials(db: Db, accountId: string): Promise<StoredCredential[]> {
  const of = selectCredentials(db).where('credentials.account_id', '=', accountId)
  return (await of.orderBy('credentials.created_at').execute()).map(toCredential)
}

export async function countCredentials(
  db: Db,
  { accountId, userId }: { readonly accountId: string; readonly userId?: string },
): Promise<number> {
  const count = db
    .selectFrom('credentials')
    .select(db.fn.countAll<number>().as('total'))
    .where('account_id', '=', accountId)
    .where('status', '=', 'Active')
    .where('token_digest', 'is', null)
  const of = userId === undefined ? count.where('user_id', 'is', null) : count.where('user_id', '=', userId)
  return (await of.executeTakeFirstOrThrow()).total
}

export async function insertCredential(db: Db, credential: NewCredential): Promise<void> {
  const row = {
    access_key_id: credential.accessKeyId,
    account_id: credential.accountId,
    user_id: credential.userId ?? null,
    sealed_secret: credential.sealedSecret,
    token_digest: credential.temporary?.tokenDigest ?? null,
    expires_at: credential.temporary?.expiresAt ?? null,
    status: 'Active',
    created_at: credential.createdAt,
    last_used_at: null,
  } as const
  await db.insertInto('credentials').values(row).execute()
}

export async function setStatus(db: Db, accessKeyId: string, status: Status): Promise<void> {
  await db.updateTable('credentials').set({ status }).where('access_key_id', '=', accessKeyId).execute()
}

export async function setLastUsed(db: Db, accessKeyId: string, time: number): Promise<void> {
  await db
    .updateTable('credentials')
    .set({ last_used_at: time })
    .where('access_key_id', '=', accessKeyId)
    .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', time)]))
    .execute()
}
