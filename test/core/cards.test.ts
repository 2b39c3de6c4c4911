// Capability cards: kept, and compared at the next start.
import t from 'tap'
import { recordCards } from '../../src/core/cards.ts'
import { createTestServices } from '../support/services.ts'

t.test('a card that changes is reported once', async (t) => {
  const { store } = (await createTestServices()).services
  const member = { clusterId: 'c', member: 'a1' }
  const first = { ...member, card: { strategy: 'rfc3394', maxPayload: 1064 } }
  const second = { ...member, card: { strategy: 'rfc3394', maxPayload: 256 } }
  t.same(await recordCards(store, [first]), [], 'the first is news to nobody')
  t.same(await recordCards(store, [first]), [])
  t.same(await recordCards(store, [second]), [{ ...second, before: first.card }])
  t.same(await recordCards(store, [second]), [])
})
