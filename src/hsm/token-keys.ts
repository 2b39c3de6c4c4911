// The key objects of one token: found once by CKA_ID, made, looked at, held against the store's, destroyed.
import { createHash } from 'node:crypto'
import type { Handle } from 'pkcs11js'
import { uuidBytes, uuidText } from '../core/sealed.ts'
import type { Card } from './card.ts'
import { attributes, mechanisms } from './mechanisms.ts'
import type { KeyHandles, SessionHandle, WrapStrategy } from './strategies/strategy.ts'
import { cmkTemplate, keyReadBack, macTemplate, tokenKeysTemplate } from './templates.ts'
import { TokenError } from './token-error.ts'
import type { ExpectedKeys, KeyComparison } from './token-protocol.ts'

/** A session that is replaced when it fails. */
export interface LiveSession extends SessionHandle {
  session: Handle
}

/** What a key is made for. */
export type KeyTraits = Pick<Card, 'copyable' | 'local' | 'reusesHandles'>

const foundPerCall = 256
/** What labels of CMK objects begin with; others are the service's own, or strangers' business. */
const cmkLabel = 'cmk/'
/** What the label of a version's second key ends with. */
const macLabel = '/mac'

/** Handles are kept; every method may throw the library's errors. */
export class TokenKeys {
  readonly #at: LiveSession
  readonly #handles = new Map<string, Handle>()
  readonly #labels = new Map<string, string>()
  /** Set once the token has been probed. */
  traits: KeyTraits = { copyable: true, local: true, reusesHandles: false }

  constructor(at: LiveSession) {
    this.#at = at
  }

  get size(): number {
    return this.#handles.size
  }

  /** Finds every key of the token. */
  load(): void {
    for (const handle of this.#find(tokenKeysTemplate)) {
      const { id, label } = this.#describe(handle)
      if (id === undefined) continue
      this.#handles.set(id, handle)
      this.#labels.set(id, label)
    }
  }

  /** The id of the key found under a label. */
  labelled(label: string): string | undefined {
    return [...this.#labels].find(([, found]) => found === label)?.[0]
  }

  /** The objects of a key version under a strategy; throws TokenError key-absent. */
  get(keyVersionId: string, { mac }: Pick<WrapStrategy, 'mac'>): KeyHandles {
    const key = this.#require(keyVersionId)
    if (!mac) return { key }
    // A blob may name a strategy that its key was not made for: that is the blob's fault.
    const second = this.#known(macIdOf(keyVersionId)) ?? this.#search(macIdOf(keyVersionId))
    return second === undefined ? { key } : { key, mac: second }
  }

  /** The same, undefined when the token has no such key. */
  search(keyVersionId: string, { mac }: Pick<WrapStrategy, 'mac'>): KeyHandles | undefined {
    const key = this.#known(keyVersionId) ?? this.#search(keyVersionId)
    const second = mac
      ? (this.#known(macIdOf(keyVersionId)) ?? this.#search(macIdOf(keyVersionId)))
      : undefined
    if (key === undefined || (mac && second === undefined)) return undefined
    return second === undefined ? { key } : { key, mac: second }
  }

  /** Looks a key up anew the next time. */
  forget(keyVersionId: string): void {
    this.#handles.delete(keyVersionId)
    this.#handles.delete(macIdOf(keyVersionId))
  }

  /**
   * Makes what is missing of a key version; either way its attributes are read back. Throws TokenError refused, a new
   * object gone again, when they are not what was asked for.
   */
  make(keyVersionId: string, label: string, strategy: WrapStrategy): KeyHandles {
    const { copyable } = this.traits
    const { use } = strategy
    const key = this.#makeOne(keyVersionId, { ...this.traits, use }, (id) =>
      this.#at.library.C_GenerateKey(
        this.#at.session,
        { mechanism: mechanisms.CKM_AES_KEY_GEN },
        cmkTemplate(id, label, { use, copyable }),
      ),
    )
    if (!strategy.mac) return { key }
    const mac = this.#makeOne(macIdOf(keyVersionId), { ...this.traits, use: 'sign' }, (id) =>
      this.#at.library.C_GenerateKey(
        this.#at.session,
        { mechanism: mechanisms.CKM_GENERIC_SECRET_KEY_GEN },
        macTemplate(id, label + macLabel, copyable),
      ),
    )
    return { key, mac }
  }

  /**
   * Destroys every object of a key version; one that was known and is gone counts as destroyed. Throws TokenError
   * key-absent when none was ever seen: it may be there all the same.
   */
  destroy(keyVersionId: string): void {
    let seen = this.#handles.has(keyVersionId)
    this.forget(keyVersionId)
    for (const id of [keyVersionId, macIdOf(keyVersionId)]) {
      const handle = this.#search(id)
      if (handle === undefined) continue
      seen = true
      this.#at.library.C_DestroyObject(this.#at.session, handle)
    }
    this.forget(keyVersionId)
    if (!seen) throw absent(keyVersionId)
  }

  /** Holds the keys found by `load` against those that should be there: none missing, none another key. */
  compare(
    expected: ExpectedKeys,
    checkValue: (keys: KeyHandles) => string,
    strategy: WrapStrategy,
  ): KeyComparison {
    const known = new Set(expected.map(([id]) => id))
    const absent: string[] = []
    const wrong: string[] = []
    for (const [id, wanted] of expected) {
      if (wanted === null) continue
      const handles = this.#handles.has(id) ? this.search(id, strategy) : undefined
      if (handles === undefined) absent.push(id)
      // Asked once more: one bad answer is no other key.
      else if (checkValue(handles) !== wanted && checkValue(handles) !== wanted) wrong.push(id)
    }
    const strange = [...this.#labels].flatMap(([id, label]) =>
      label.startsWith(cmkLabel) && !label.endsWith(macLabel) && !known.has(id) ? [id] : [],
    )
    // Only now is it known which are whose, and it is not needed again.
    this.#labels.clear()
    return { absent, wrong, strange }
  }

  #makeOne(id: string, traits: Parameters<typeof keyReadBack>[0], generate: (id: Buffer) => Handle): Handle {
    const found = this.#search(id)
    const handle = found ?? generate(uuidBytes(id))
    const wrong = this.#wrongAttributes(handle, keyReadBack(traits))
    if (wrong.length > 0) {
      // What was there before is somebody's, whatever is wrong with it.
      if (found === undefined) this.#at.library.C_DestroyObject(this.#at.session, handle)
      throw new TokenError('refused', `key reads back with other attributes: ${wrong.join(', ')}`)
    }
    this.#handles.set(id, handle)
    return handle
  }

  #require(id: string): Handle {
    const handle = this.#known(id) ?? this.#search(id)
    if (handle === undefined) throw absent(id)
    return handle
  }

  #known(id: string): Handle | undefined {
    const handle = this.#handles.get(id)
    if (handle === undefined || !this.traits.reusesHandles) return handle
    return this.#isStill(handle, id) ? handle : undefined
  }

  #isStill(handle: Handle, id: string): boolean {
    try {
      return this.#describe(handle).id === id
    } catch {
      return false
    }
  }

  // A key made by another process after this one started.
  #search(id: string): Handle | undefined {
    const byId = { type: attributes.CKA_ID, value: uuidBytes(id) }
    const [handle] = this.#find([...tokenKeysTemplate, byId])
    if (handle === undefined) this.#handles.delete(id)
    else this.#handles.set(id, handle)
    return handle
  }

  #find(template: Parameters<LiveSession['library']['C_FindObjectsInit']>[1]): Handle[] {
    const { library, session } = this.#at
    const found: Handle[] = []
    library.C_FindObjectsInit(session, template)
    try {
      for (;;) {
        const some = library.C_FindObjects(session, foundPerCall)
        found.push(...some)
        if (some.length < foundPerCall) return found
      }
    } finally {
      library.C_FindObjectsFinal(session)
    }
  }

  #describe(handle: Handle): { id: string | undefined; label: string } {
    const { library, session } = this.#at
    const read = library.C_GetAttributeValue(session, handle, [
      { type: attributes.CKA_ID },
      { type: attributes.CKA_LABEL },
    ])
    const [id, label] = read.map((attribute) => attribute.value as Buffer)
    return { id: id?.length === 16 ? uuidText(id) : undefined, label: label?.toString() ?? '' }
  }

  #wrongAttributes(handle: Handle, wanted: Readonly<Record<number, boolean>>): string[] {
    const { library, session } = this.#at
    const names = Object.entries(attributes)
    const types = Object.keys(wanted).map(Number)
    const read = library.C_GetAttributeValue(
      session,
      handle,
      types.map((type) => ({ type })),
    )
    return types
      .filter((type, index) => Buffer.from(read[index]?.value as Buffer)[0] !== (wanted[type] ? 1 : 0))
      .map((type) => names.find(([, number]) => number === type)?.[0] ?? String(type))
  }
}

function absent(id: string): TokenError {
  return new TokenError('key-absent', `no object with CKA_ID of ${id}`)
}

/** The CKA_ID of a version's second key; it must be unique on the token, and follow from the first one's. */
function macIdOf(keyVersionId: string): string {
  return uuidText(
    createHash('sha256').update('p11kms/1 mac').update(uuidBytes(keyVersionId)).digest().subarray(0, 16),
  )
}
