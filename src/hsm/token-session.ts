// One logged-in session on one token and the operations on it: guarded, canary-proved, random bytes tested. Sync calls.
import type { Handle, PKCS11 } from 'pkcs11js'
import { bindingDigest, decodePayload, encodePayload, type Strategy } from '../core/sealed.ts'
import { type AttackOutcomes, attack } from './attacks.ts'
import { type Card, unwrapTemplateOf } from './card.ts'
import { values } from './mechanisms.ts'
import { auditKey, readAnchors, signAudit, writeAnchor } from './notary.ts'
import { type Probed, probe } from './probe.ts'
import { RandomHealth, startUpLength } from './random-health.ts'
import { returnValue } from './return-values.ts'
import { strategies } from './strategies/index.ts'
import { BadBlob, type KeyHandles, type SessionHandle } from './strategies/strategy.ts'
import { TokenError } from './token-error.ts'
import { type LiveSession, TokenKeys } from './token-keys.ts'
import type { ExpectedKeys, KeyComparison, TokenDescription, TokenFailure } from './token-protocol.ts'

/** How long a canary's verdict is believed, so that bad blobs cannot multiply work. */
const verdictLifetime = 1000

export interface TokenOptions {
  readonly description: TokenDescription
  /** Every new blob is opened once before it is handed out. */
  readonly checkBlobs: boolean
}

/** Serves the operations of a token process on a library that is initialised and a token that is logged in. */
export class TokenSession {
  readonly #at: LiveSession
  readonly #slot: Handle
  readonly #keys: TokenKeys
  readonly #probed: Probed
  readonly #checkBlobs: boolean
  #health = new RandomHealth()
  #verdict = { well: true, at: 0 }
  #alarm = { raised: false, at: 0 }

  /**
   * `session` is open for reading and writing, the user logged in. Finds every key, once, makes the canary key if the
   * token has none, probes and proves the token. Throws TokenError and the library's errors.
   */
  constructor(library: PKCS11, slot: Handle, session: Handle, { description, checkBlobs }: TokenOptions) {
    this.#checkBlobs = checkBlobs
    this.#at = { library, session }
    this.#slot = slot
    this.#keys = new TokenKeys(this.#at)
    this.#keys.load()
    this.#probed = probe(this.#at, slot, this.#keys, description)
    this.#tryCanary()
    this.#testRandom()
  }

  /** Number of keys known by handle. */
  get size(): number {
    return this.#keys.size
  }

  get card(): Card {
    return this.#probed.card
  }

  /** Holds the keys found at the start against those that should be there. */
  compare(expected: ExpectedKeys): KeyComparison {
    return this.#keys.compare(expected, (keys) => this.#checkValue(keys), this.#probed.strategy)
  }

  generate(
    keyVersionId: string,
    length: number,
    binding: Buffer,
  ): { bytes: Buffer; wrapped: Buffer; strategy: Strategy } {
    return this.#guard(keyVersionId, (at) => {
      const bytes = this.#random(at, length)
      return { bytes, ...this.#wrap(at, keyVersionId, bytes, binding) }
    })
  }

  wrap(keyVersionId: string, bytes: Buffer, binding: Buffer): { wrapped: Buffer; strategy: Strategy } {
    return this.#guard(keyVersionId, (at) => this.#wrap(at, keyVersionId, bytes, binding))
  }

  unwrap(keyVersionId: string, name: Strategy, wrapped: Buffer, binding: Buffer): Buffer {
    const strategy = strategies[name]
    const template = unwrapTemplateOf(this.card)
    const payload = this.#guard(
      keyVersionId,
      (at) => strategy.unwrap(at, this.#keys.get(keyVersionId, strategy), wrapped, template),
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
    return this.#guard(undefined, () => {
      this.#requireSoundRandom()
      return { checkValue: this.#surely(this.#keys.make(keyVersionId, label, this.#probed.strategy)) }
    })
  }

  findKey(keyVersionId: string): { checkValue: string } | null {
    return this.#guard(undefined, () => {
      const handles = this.#keys.search(keyVersionId, this.#probed.strategy)
      return handles === undefined ? null : { checkValue: this.#surely(handles) }
    })
  }

  destroyKey(keyVersionId: string): null {
    return this.#guard(undefined, () => {
      this.#keys.destroy(keyVersionId)
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

  auditKey(): Buffer {
    return this.#guard(undefined, () => auditKey(this.#at))
  }

  signAudit(publicKey: Buffer, bytes: Buffer): Buffer {
    return this.#guard(undefined, () => signAudit(this.#at, publicKey, bytes))
  }

  readAnchors(): Buffer[] {
    return this.#guard(undefined, () => readAnchors(this.#at))
  }

  writeAnchor(chain: string, bytes: Buffer): null {
    return this.#guard(undefined, () => {
      writeAnchor(this.#at, chain, bytes)
      return null
    })
  }

  /** Tries on a key what the holder of the PIN could try; the key must be nobody's. */
  attack(keyVersionId: string): AttackOutcomes {
    const { library } = this.#at
    const { strategy } = this.#probed
    const fresh = <Result>(attempt: (at: SessionHandle) => Result): Result => {
      const session = library.C_OpenSession(this.#slot, values.CKF_SERIAL_SESSION | values.CKF_RW_SESSION)
      try {
        return attempt({ library, session })
      } finally {
        library.C_CloseSession(session)
      }
    }
    return attack(fresh, this.#keys.get(keyVersionId, strategy), strategy)
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
    const { library, session } = this.#at
    const bytes = library.C_GenerateRandom(session, Buffer.alloc(startUpLength))
    // From here on with what these bytes leave behind: bytes from before the alarm must not raise it again.
    this.#health = new RandomHealth()
    this.#alarm = { raised: !this.#health.check(bytes), at: Date.now() }
  }

  // What is kept decides for ever whether the key is used: a token that errs says so now, also one that errs twice alike.
  #surely(keys: KeyHandles): string {
    const checkValue = this.#checkValue(keys)
    const payload = Buffer.alloc(16)
    this.#requireOpens(this.#at, keys, this.#probed.strategy.wrap(this.#at, keys, payload), payload)
    if (checkValue === this.#checkValue(keys)) return checkValue
    throw new TokenError('token-lost', 'a check value differs from one time to the next')
  }

  #checkValue(keys: KeyHandles): string {
    return this.#probed.strategy.checkValue(this.#at, keys).toString('hex')
  }

  #wrap(
    at: SessionHandle,
    keyVersionId: string,
    bytes: Buffer,
    binding: Buffer,
  ): { wrapped: Buffer; strategy: Strategy } {
    const { strategy } = this.#probed
    const payload = encodePayload(bytes, binding)
    try {
      const keys = this.#keys.get(keyVersionId, strategy)
      const wrapped = strategy.wrap(at, keys, payload)
      if (this.#checkBlobs) this.#requireOpens(at, keys, wrapped, payload)
      return { wrapped, strategy: strategy.name }
    } finally {
      payload.fill(0)
    }
  }

  // A token whose output does not open is not to be trusted with the next one either.
  #requireOpens(at: SessionHandle, keys: KeyHandles, wrapped: Buffer, payload: Buffer): void {
    try {
      const back = this.#probed.strategy.unwrap(at, keys, wrapped, unwrapTemplateOf(this.card))
      const same = back.equals(payload)
      back.fill(0)
      if (same) return
    } catch {
      // Said below, in the same words.
    }
    throw new TokenError('token-lost', 'a new blob does not open')
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
        return operation(this.#at)
      } catch (error) {
        if (error instanceof TokenError) throw this.#doubted(error)
        if (error instanceof BadBlob) throw new TokenError(onHealthyToken, error.message)
        failed = error
        const { class: kind, name } = returnValue(error)
        const believing = kind === 'blob'
        if (kind === 'token' || kind === 'pin' || !this.#isWell({ believing })) {
          throw new TokenError('token-lost', name)
        }
        if (kind === 'handle' && keyVersionId !== undefined) this.#keys.forget(keyVersionId)
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
    const { canary, strategy } = this.#probed
    const { library, session } = this.#at
    const handles = this.#keys.get(canary, strategy)
    const binding = bindingDigest('canary', canary, {})
    const sent = library.C_GenerateRandom(session, Buffer.alloc(16))
    const wrapped = strategy.wrap(this.#at, handles, encodePayload(sent, binding))
    const back = decodePayload(
      strategy.unwrap(this.#at, handles, wrapped, unwrapTemplateOf(this.card)),
      binding,
    )
    if (back === undefined || !back.equals(sent)) throw new Error('canary came back changed')
    this.#verdict = { well: true, at: Date.now() }
  }

  // The new session is opened first: closing a token's last session would log the user out.
  #replaceSession(): void {
    const old = this.#at.session
    this.#at.session = this.#at.library.C_OpenSession(
      this.#slot,
      values.CKF_SERIAL_SESSION | values.CKF_RW_SESSION,
    )
    try {
      this.#at.library.C_CloseSession(old)
    } catch {
      // It was already gone, which is why we are here.
    }
  }
}
