// Values that the actions' examples share, so that they tell one story.
import { toKeyMetadata } from './key-metadata.ts'

export const exampleKeyId = '599fa825-17de-417e-9554-bb032cc6a001'
export const exampleVersionId = '2ab1a983-7072-4bbc-a582-584b5bd8ecf3'
export const exampleBlob = 'MmFiMWE5ODMtNzA3Mi00YmJjLWE1ODItNTg0YjViZDhlY2YzAQEBAEhBQUFB'
export const exampleAliasArn = 'acs:kms:cn-hangzhou:100000000001:alias/orders'
export const exampleTime = '2023-11-14T22:13:20Z'

export const exampleMetadata = toKeyMetadata(
  {
    id: exampleKeyId,
    accountId: '100000000001',
    clusterId: 'cls-hsm-dev00001',
    dedicated: false,
    spec: 'AES_256',
    usage: 'ENCRYPT_DECRYPT',
    protectionLevel: 'SOFTWARE',
    state: 'Enabled',
    description: '',
    alias: '',
    createdAt: 1_700_000_000_000,
    deletionAt: null,
    primaryVersionId: exampleVersionId,
    rotationInterval: null,
    rotationAt: null,
    rotatedAt: null,
    policy: null,
  },
  'cn-hangzhou',
)
