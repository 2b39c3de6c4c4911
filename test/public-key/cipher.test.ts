// Encryption under a caller's public key, opened again by OpenSSL: by Node's for RSA, by its command line for SM2.
import { constants, generateKeyPairSync, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto'
import t from 'tap'
import type { PublicKeyAlgorithm } from '../../src/core/ports.ts'
import { publicKeyCipher } from '../../src/public-key/cipher.ts'
import { createSm2Key, withoutSm2 } from '../support/sm2.ts'

const { encrypt } = publicKeyCipher
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const refused = { code: 'public-key-encryption-failed' }

const openings: [PublicKeyAlgorithm, number, (key: KeyObject, blob: Buffer) => Buffer][] = [
  ['RSAES_OAEP_SHA_1', 214, (key, blob) => privateDecrypt({ key, oaepHash: 'sha1' }, blob)],
  ['RSAES_OAEP_SHA_256', 190, (key, blob) => privateDecrypt({ key, oaepHash: 'sha256' }, blob)],
  [
    'RSAES_PKCS1_V1_5',
    245,
    (key, blob) => privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, blob),
  ],
]

for (const [algorithm, longest, open] of openings) {
  t.test(`${algorithm}: opens to the same bytes, up to ${longest} of them`, async (t) => {
    for (const length of [1, 16, 32, longest]) {
      const secret = randomBytes(length)
      t.same(open(rsa.privateKey, encrypt(pem, algorithm, secret)), secret)
    }
    t.throws(() => encrypt(pem, algorithm, randomBytes(longest + 1)), refused)
  })
}

t.test('SM2: opens to the same bytes, raw and in ASN.1', { skip: withoutSm2 }, async (t) => {
  const { publicKey, openRaw, openAsn1 } = createSm2Key(t)
  for (const length of [1, 16, 32, 1024]) {
    const secret = randomBytes(length)
    const raw = encrypt(publicKey, 'SM2', secret)
    t.equal(raw.length, 96 + length, 'without the 0x04 of the point')
    t.same(openRaw(raw), secret)
    t.same(openAsn1(encrypt(publicKey, 'SM2_C1C3C2_ASN1', secret)), secret)
  }
  t.throws(() => encrypt(publicKey, 'RSAES_OAEP_SHA_256', Buffer.of(1)), refused)
  t.throws(() => encrypt(pem, 'SM2', Buffer.of(1)), refused)
  const der = Buffer.from(publicKey.split('\n').slice(1, -2).join(''), 'base64')
  der[40] = (der[40] ?? 0) ^ 1
  const off = `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----`
  t.throws(() => encrypt(off, 'SM2', Buffer.of(1)), refused, 'a point that is not of the curve')
})

t.test('SM2: the plaintext never shows, not even one byte of it', async (t) => {
  // A point of the curve: its generator, which is the public key of the private key 1.
  const generator =
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'
  const spki = Buffer.from(
    `3059301306072a8648ce3d020106082a811ccf5501822d03420004${generator}`,
    'hex',
  ).toString('base64')
  const publicKey = `-----BEGIN PUBLIC KEY-----${spki}-----END PUBLIC KEY-----`
  const secret = Buffer.of(0x5a)
  let shown = 0
  for (let count = 0; count < 1500; count++) {
    if (encrypt(publicKey, 'SM2', secret).at(-1) === 0x5a) shown++
  }
  t.equal(shown, 0)
})

t.test('PEM as people paste it', async (t) => {
  const body = pem.split('\n').slice(1, -2)
  const forms = {
    CRLF: pem.replaceAll('\n', '\r\n'),
    'one line': `-----BEGIN PUBLIC KEY-----${body.join('')}-----END PUBLIC KEY-----`,
    'no final newline': pem.trimEnd(),
    'newlines written out': pem.replaceAll('\n', '\\n'),
    'blanks around it': `  ${pem}\n\n`,
    'blanks for newlines': pem.trimEnd().replaceAll('\n', ' '),
  }
  for (const [name, text] of Object.entries(forms))
    t.equal(encrypt(text, 'RSAES_OAEP_SHA_1', Buffer.of(1)).length, 256, name)
})

t.test('what is no public key of the algorithm is refused in one way', async (t) => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString()
  const secret = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const text of ['', 'x', pem.replace('MII', 'AAA'), pem.slice(0, 200), ec, secret]) {
    for (const algorithm of ['SM2', 'SM2_C1C3C2_ASN1', 'RSAES_OAEP_SHA_256'] as const) {
      t.throws(() => encrypt(text, algorithm, Buffer.of(1)), refused)
    }
  }
})
