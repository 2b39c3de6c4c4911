// Values that the actions' examples share, so that they tell one story.
import type { Key } from '../../core/key.ts'
import { toDataKeyMetadata } from './data-key-metadata.ts'
import { toKeyMetadata } from './key-metadata.ts'

export const exampleKeyId = '23e80852-1e38-11e9-b129-5cb9019b4b01'
export const exampleDataKeyId = '2a87094f-4c0e-11f0-8c25-52540073b995'
export const exampleVersionId = '2ab1a983-7072-4bbc-a582-584b5bd8ecf3'
export const exampleCluster = 'cls-hsm-dev00001'
export const exampleBlob =
  'GPJUsGlmPcSjHKIktXGyzn33yestz+7NteW36M6FuL8hPfJ1xVfdO6Akr8sF69x3yBXMwto4njumJMIsi9WKow==-k-XqqalxTyNKIC1rITRePFGQ==-k-AQEBAEhBQUFB'

const key: Key = {
  id: exampleKeyId,
  accountId: '100000000001',
  clusterId: exampleCluster,
  dedicated: true,
  spec: 'AES_256',
  usage: 'ENCRYPT_DECRYPT',
  protectionLevel: 'HSM',
  state: 'Enabled',
  description: 'orders',
  alias: 'orders',
  createdAt: 1_700_000_000_000,
  deletionAt: null,
  primaryVersionId: exampleVersionId,
  rotationInterval: null,
  rotationAt: null,
  rotatedAt: null,
  policy: null,
}

export const exampleMetadata = toKeyMetadata(key)

export const exampleDataKeyMetadata = toDataKeyMetadata({
  id: exampleDataKeyId,
  accountId: key.accountId,
  name: 'orders-2026',
  description: 'orders',
  state: 'Enabled',
  length: 32,
  origin: 'generated',
  envelope: {
    keyVersionId: key.primaryVersionId,
    strategy: 'rfc3394',
    purpose: 'data-key',
    wrapped: Buffer.alloc(0),
    body: Buffer.alloc(0),
  },
  context: {},
  createdAt: key.createdAt,
  deletionAt: null,
  keyId: key.id,
  keyAlias: key.alias,
  clusterId: key.clusterId,
  keyDeletionAt: null,
  keyPolicy: null,
})
