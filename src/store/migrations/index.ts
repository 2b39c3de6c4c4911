// The migrations in order. Forward only: a released one is never changed, the next one has the next number.
import type { MigrationProvider } from 'kysely/migration'
import * as initial from './001-initial.ts'
import * as dataKeys from './002-data-keys.ts'
import * as rotation from './003-rotation.ts'
import * as users from './004-users.ts'
import * as temporaryCredentials from './005-temporary-credentials.ts'
import * as listings from './006-listings.ts'

export const migrations: MigrationProvider = {
  getMigrations: async () => ({
    '001-initial': initial,
    '002-data-keys': dataKeys,
    '003-rotation': rotation,
    '004-users': users,
    '005-temporary-credentials': temporaryCredentials,
    '006-listings': listings,
  }),
}
