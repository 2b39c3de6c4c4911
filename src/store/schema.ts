// The tables, as Kysely sees them. Times are milliseconds since the epoch, flags 0 or 1.
import type { DataKey } from '../core/data-key.ts'
import type { Key } from '../core/key.ts'
import type { HiddenKeyState, KeyState } from '../core/key-state.ts'

type Status = 'Active' | 'Disabled'

export interface Database {
  accounts: { id: string; name: string; status: Status; created_at: number }
  credentials: {
    access_key_id: string
    account_id: string
    user_id: string | null
    sealed_secret: Uint8Array
    /** SHA-256 of the token of a temporary one, hex. */
    token_digest: string | null
    expires_at: number | null
    status: Status
    created_at: number
    last_used_at: number | null
  }
  users: { id: string; account_id: string; name: string; status: Status; created_at: number }
  policies: { account_id: string; name: string; document: string; created_at: number; updated_at: number }
  policy_attachments: { account_id: string; policy_name: string; user_id: string }
  keys: {
    id: string
    /** Order of creation; what listings sort by. */
    sequence: number
    account_id: string
    cluster_id: string
    dedicated: number
    spec: Key['spec']
    usage: Key['usage']
    protection_level: Key['protectionLevel']
    state: KeyState | HiddenKeyState
    description: string
    primary_version_id: string
    created_at: number
    deletion_at: number | null
    /** Milliseconds; null while automatic rotation is off. */
    rotation_interval: number | null
    rotation_at: number | null
    rotated_at: number | null
    /** JSON; null for the default one. */
    policy: string | null
  }
  key_versions: {
    id: string
    key_id: string
    number: number
    /** The wrap of a fixed block, hex; null until the version is usable, empty when it was given up. */
    check_value: string | null
    created_at: number
  }
  aliases: { account_id: string; name: string; key_id: string; first: number; created_at: number }
  key_tags: { key_id: string; tag_key: string; tag_value: string }
  data_keys: {
    id: string
    /** Order of creation; what listings sort by. */
    sequence: number
    account_id: string
    key_id: string
    name: string
    description: string
    state: DataKey['state']
    /** Bytes. */
    length: number
    origin: DataKey['origin']
    /** Key version and envelope. */
    sealed: Uint8Array
    /** Canonical JSON. */
    context: string
    created_at: number
    deletion_at: number | null
  }
  data_key_tags: { data_key_id: string; tag_key: string; tag_value: string }
  settings: { name: string; value: string }
}
