// One logged-in session on one token, the handles of its keys, and the operations on them. Sync calls only.
import type { Handle, PKCS11 } from 'pkcs11js'
import {
  bindingDigest,
  decodePayload,
  encodePayload,
  type Strategy,
  uuidBytes,
  uuidText,
} from '../core/sealed.ts'
import { attributes, mechanisms, values } from './mechanisms.ts'
import { RandomHealth, startUpLength } from './random-health.ts'
import { returnValue } from './return-values.ts'
import { rfc3394 } from './strategies/rfc3394.ts'
import type { SessionHandle, WrapStrategy } from './strategies/strategy.ts'
import { cmkReadBack, cmkTemplate, tokenKeysTemplate } from './templates.ts'
import type { ExpectedKeys, KeyComparison, TokenFailure } from './token-protocol.ts'

const strategies: Readonly<Record<Strategy, WrapStrategy>> = { rfc3394 }
const current = rfc3394
const canaryLabel = 'service/canary'
const checkBlock = Buffer.alloc(16)
/** How long a canary's verdict is believed, so that bad blobs cannot multiply work. */
const verdictLifetime = 1000
const foundPerCall = 256
/** What labels of CMK objects begin with; others are the service's own, or strangers' business. */
const cmkLabel = 'cmk/'

/** A failed operation, told in the protocol's words. `detail` is for the log. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly failure: TokenFailure

  constructor(failure: TokenFailure, detail: string) {
    super(detail)
    this.failure = failure
  }
}

/** Serves the operations of a token process on a library that is initialised and a token that is logged in. */
export class TokenSession {
  readonly #library: PKCS11
  readonly #slot: Handle
  #session: Handle
  readonly #handles = new Map<string, Handle>()
  readonly #labels = new Map<string, string>()
  #canary = ''
  #verdict = { well: true, at: 0 }
  readonly #health = new RandomHealth()
  #alarm = { raised: false, at: 0 }

  /** `session` is open for reading and writing, the user logged in. */
  constructor(library: PKCS11, slot: Handle, session: Handle) {
    this.#library = library
    this.#slot = slot
    this.#session = session
  }

  /** Number of keys known by handle. */
  get size(): number {
    return this.#handles.size
  }

  /** Finds every key by CKA_ID, once, makes the canary key if the token has none, and proves the token. */
  start(): void {
    for (const handle of this.#find(tokenKeysTemplate)) {
      const { id, label } = this.#describe(handle)
      if (id === undefined) continue
      this.#handles.set(id, handle)
      this.#labels.set(id, label)
      if (label === canaryLabel) this.#canary = id
    }
    if (this.#canary === '') {
      this.#canary = uuidText(this.#library.C_GenerateRandom(this.#session, Buffer.alloc(16)))
      this.createKey(this.#canary, canaryLabel)
    }
    this.#tryCanary()
    this.#testRandom()
  }

  /** Holds the keys found by `start` against those that should be there: none missing, none another key. */
  compare(expected: ExpectedKeys): KeyComparison {
    const known = new Set(expected.map(([id]) => id))
    const differing = (test: (id: string, checkValue: string) => boolean) =>
      expected.flatMap(([id, checkValue]) => (checkValue !== null && test(id, checkValue) ? [id] : []))
    const strange = [...this.#labels].flatMap(([id, label]) =>
      label.startsWith(cmkLabel) && !known.has(id) ? [id] : [],
    )
    // Only now is it known which are whose, and it is not needed again.
    this.#labels.clear()
    return {
      absent: differing((id) => !this.#handles.has(id)),
      wrong: differing((id, checkValue) => {
        const handle = this.#handles.get(id)
        return handle !== undefined && this.#checkValue(handle) !== checkValue
      }),
      strange,
    }
  }

  generate(keyVersionId: string, length: number, binding: Buffer): { bytes: Buffer; wrapped: Buffer } {
    return this.#guard(keyVersionId, (at) => {
      const bytes = this.#random(at, length)
      return { bytes, wrapped: this.#wrap(at, keyVersionId, bytes, binding) }
    })
  }

  wrap(keyVersionId: string, bytes: Buffer, binding: Buffer): Buffer {
    return this.#guard(keyVersionId, (at) => this.#wrap(at, keyVersionId, bytes, binding))
  }

  unwrap(keyVersionId: string, strategy: Strategy, wrapped: Buffer, binding: Buffer): Buffer {
    const payload = this.#guard(
      keyVersionId,
      (at) => strategies[strategy].unwrap(at, this.#handle(keyVersionId), wrapped),
      'ciphertext-invalid',
    )
    const secret = decodePayload(payload, binding)
    payload.fill(0)
    if (secret === undefined) throw new TokenError('ciphertext-invalid', 'payload or binding')
    return secret
  }

  random(length: number): Buffer {
    return this.#guard(undefined, (at) => this.#random(at, length))
  }

  /** Makes the key, or finds the one an earlier attempt made; either way its attributes are read back. */
  createKey(keyVersionId: string, label: string): { checkValue: string } {
    const id = uuidBytes(keyVersionId)
    return this.#guard(undefined, (at) => {
      this.#requireSoundRandom()
      const mechanism = { mechanism: mechanisms.CKM_AES_KEY_GEN }
      const handle =
        this.#search(keyVersionId) ?? at.library.C_GenerateKey(at.session, mechanism, cmkTemplate(id, label))
      const wrong = this.#wrongAttributes(handle)
      if (wrong.length > 0) {
        at.library.C_DestroyObject(at.session, handle)
        throw new TokenError('refused', `key reads back with other attributes: ${wrong.join(', ')}`)
      }
      this.#handles.set(keyVersionId, handle)
      return { checkValue: this.#checkValue(handle) }
    })
  }

  findKey(keyVersionId: string): { checkValue: string } | null {
    return this.#guard(undefined, () => {
      const handle = this.#handles.get(keyVersionId) ?? this.#search(keyVersionId)
      return handle === undefined ? null : { checkValue: this.#checkValue(handle) }
    })
  }

  destroyKey(keyVersionId: string): null {
    return this.#guard(undefined, (at) => {
      this.#handles.delete(keyVersionId)
      const handle = this.#search(keyVersionId)
      if (handle !== undefined) at.library.C_DestroyObject(at.session, handle)
      this.#handles.delete(keyVersionId)
      return null
    })
  }

  /** A real wrap and unwrap under the canary key. */
  prove(): null {
    try {
      this.#tryCanary()
      return null
    } catch (error) {
      throw new TokenError('token-lost', `canary: ${returnValue(error).name}`)
    }
  }

  // Every byte is looked at. After an alarm no key is made until the generator has passed its start-up test again.
  #random({ library, session }: SessionHandle, length: number): Buffer {
    this.#requireSoundRandom()
    const bytes = library.C_GenerateRandom(session, Buffer.alloc(length))
    if (!this.#health.check(bytes)) this.#alarm = { raised: true, at: Date.now() }
    this.#requireSoundRandom()
    return bytes
  }

  #requireSoundRandom(): void {
    if (this.#alarm.raised && Date.now() - this.#alarm.at >= verdictLifetime) this.#testRandom()
    if (this.#alarm.raised)
      throw new TokenError('refused', 'the token’s random bytes fail their health tests')
  }

  #testRandom(): void {
    const bytes = this.#library.C_GenerateRandom(this.#session, Buffer.alloc(startUpLength))
    this.#alarm = { raised: !new RandomHealth().check(bytes), at: Date.now() }
  }

  #checkValue(handle: Handle): string {
    const at = { library: this.#library, session: this.#session }
    return current.wrap(at, handle, checkBlock).toString('hex')
  }

  #wrap(at: SessionHandle, keyVersionId: string, bytes: Buffer, binding: Buffer): Buffer {
    const payload = encodePayload(bytes, binding)
    try {
      return current.wrap(at, this.#handle(keyVersionId), payload)
    } finally {
      payload.fill(0)
    }
  }

  /**
   * Runs an operation; after a failed one the session is replaced (an operation may still be active in it) and
   * the canary decides who is at fault. A stale handle is looked up again, once; everything else that fails on
   * a healthy token is repeated once, because a session may have been lost.
   */
  #guard<Result>(
    keyVersionId: string | undefined,
    operation: (at: SessionHandle) => Result,
    onHealthyToken: TokenFailure = 'refused',
  ): Result {
    let failed: unknown
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        return operation({ library: this.#library, session: this.#session })
      } catch (error) {
        if (error instanceof TokenError) throw this.#doubted(error)
        failed = error
        const { class: kind, name } = returnValue(error)
        const believing = kind === 'blob'
        if (kind === 'token' || kind === 'pin' || !this.#isWell({ believing })) {
          throw new TokenError('token-lost', name)
        }
        if (kind === 'handle' && keyVersionId !== undefined) this.#handles.delete(keyVersionId)
        if (kind === 'blob' && onHealthyToken === 'ciphertext-invalid') break
      }
    }
    throw new TokenError(onHealthyToken, returnValue(failed).name)
  }

  // A key that is not there may be the token that is not there.
  #doubted(error: TokenError): TokenError {
    if (error.failure !== 'key-absent' || this.#isWell({ keepSession: true })) return error
    return new TokenError('token-lost', `${error.message}, nor is the canary well`)
  }

  // A verdict of late is believed only about blobs, whose senders must not multiply work; a session or a login that is
  // gone has gone since.
  #isWell({ keepSession = false, believing = false } = {}): boolean {
    try {
      if (!keepSession) this.#replaceSession()
      if (believing && Date.now() - this.#verdict.at < verdictLifetime) return this.#verdict.well
      this.#tryCanary()
      return true
    } catch {
      this.#verdict = { well: false, at: Date.now() }
      return false
    }
  }

  #tryCanary(): void {
    const at = { library: this.#library, session: this.#session }
    const handle = this.#handle(this.#canary)
    const binding = bindingDigest('canary', this.#canary, {})
    const sent = at.library.C_GenerateRandom(at.session, Buffer.alloc(16))
    const wrapped = current.wrap(at, handle, encodePayload(sent, binding))
    const back = decodePayload(current.unwrap(at, handle, wrapped), binding)
    if (back === undefined || !back.equals(sent)) throw new Error('canary came back changed')
    this.#verdict = { well: true, at: Date.now() }
  }

  // The new session is opened first: closing a token's last session would log the user out.
  #replaceSession(): void {
    const old = this.#session
    this.#session = this.#library.C_OpenSession(this.#slot, values.CKF_SERIAL_SESSION | values.CKF_RW_SESSION)
    try {
      this.#library.C_CloseSession(old)
    } catch {
      // It was already gone, which is why we are here.
    }
  }

  #handle(keyVersionId: string): Handle {
    const handle = this.#handles.get(keyVersionId) ?? this.#search(keyVersionId)
    if (handle === undefined) throw new TokenError('key-absent', `no object with CKA_ID of ${keyVersionId}`)
    return handle
  }

  // A key made by another process after this one started.
  #search(keyVersionId: string): Handle | undefined {
    const byId = { type: attributes.CKA_ID, value: uuidBytes(keyVersionId) }
    const [handle] = this.#find([...tokenKeysTemplate, byId])
    if (handle !== undefined) this.#handles.set(keyVersionId, handle)
    return handle
  }

  #find(template: Parameters<PKCS11['C_FindObjectsInit']>[1]): Handle[] {
    const found: Handle[] = []
    this.#library.C_FindObjectsInit(this.#session, template)
    try {
      for (;;) {
        const some = this.#library.C_FindObjects(this.#session, foundPerCall)
        found.push(...some)
        if (some.length < foundPerCall) return found
      }
    } finally {
      this.#library.C_FindObjectsFinal(this.#session)
    }
  }

  #describe(handle: Handle): { id: string | undefined; label: string } {
    const read = this.#library.C_GetAttributeValue(this.#session, handle, [
      { type: attributes.CKA_ID },
      { type: attributes.CKA_LABEL },
    ])
    const [id, label] = read.map((attribute) => attribute.value as Buffer)
    return { id: id?.length === 16 ? uuidText(id) : undefined, label: label?.toString() ?? '' }
  }

  #wrongAttributes(handle: Handle): string[] {
    const names = Object.entries(attributes)
    const wanted = Object.entries(cmkReadBack)
    const read = this.#library.C_GetAttributeValue(
      this.#session,
      handle,
      wanted.map(([type]) => ({ type: Number(type) })),
    )
    return wanted
      .filter(([, value], index) => Buffer.from(read[index]?.value as Buffer)[0] !== (value ? 1 : 0))
      .map(([type]) => names.find(([, number]) => number === Number(type))?.[0] ?? type)
  }
}
