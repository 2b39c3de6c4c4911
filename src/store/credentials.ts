// Access keys with sealed secrets.
import { type Kysely, type Selectable, sql } from 'kysely'
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

/** Access keys of one statement; times two, below what either engine binds. */
const usesPerUpdate = 5000

export async function setLastUsed(
  db: Db,
  uses: readonly (readonly [accessKeyId: string, time: number])[],
): Promise<void> {
  for (let start = 0; start < uses.length; start += usesPerUpdate) {
    const rows = uses
      .slice(start, start + usesPerUpdate)
      .map(([accessKeyId, time]) => sql`(${accessKeyId}, cast(${time} as bigint))`)
    await sql`
      with uses (access_key_id, time) as (values ${sql.join(rows)})
      update credentials set last_used_at = uses.time from uses
      where credentials.access_key_id = uses.access_key_id and coalesce(last_used_at, 0) < uses.time
    `.execute(db)
  }
}
