// The five pages this service began with, line by line: what each says that can be held against the service.

/** A page of a cloud's API documentation. */
export interface Page {
  readonly title: string
  readonly dialect: 'tencent' | 'alibaba'
  readonly action: string
  /** Line → what the page says. `parameter`, `response` and `error` lines begin so, and then have the page's own name. */
  readonly lines: Readonly<Record<string, string>>
}

const parameter = (names: Readonly<Record<string, string>>) => prefixed('parameter', names)
const response = (names: Readonly<Record<string, string>>) => prefixed('response', names)
const error = (names: Readonly<Record<string, string>>) => prefixed('error', names)

function prefixed(kind: string, names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([name, text]) => [`${kind} ${name}`, text]))
}

export const pages = {
  'tencent-cn': {
    title: 'Tencent Cloud GenerateDataKey, China edition',
    dialect: 'tencent',
    action: 'GenerateDataKey',
    lines: {
      endpoint: 'Requests go to kms.tencentcloudapi.com.',
      rate: '100 requests a second.',
      ...parameter({
        Action: 'Required common parameter: GenerateDataKey.',
        Version: 'Required common parameter: 2019-01-18.',
        Region: 'Required common parameter.',
        KeyId: 'Required: id of the CMK.',
        KeySpec: 'AES_128 or AES_256; AES_256 is the default.',
        NumberOfBytes: '1 to 1024; prevails over KeySpec.',
        EncryptionContext: 'JSON of key/value pairs; the same must be given to decrypt.',
      }),
      ...response({
        KeyId: 'Id of the CMK.',
        Plaintext: 'The data key, base64.',
        CiphertextBlob: 'The encrypted data key, for the caller to keep.',
        RequestId: 'Unique, in every reply.',
      }),
      'example 1 request': 'GET with KeyId and KeySpec=AES_256.',
      'example 1 reply':
        'RequestId, KeyId, Plaintext, CiphertextBlob in three parts of 88, 24 and more characters.',
      ...error({
        InternalError: 'Internal error.',
        InvalidParameter: 'Invalid parameter.',
        'InvalidParameterValue.InvalidKeyId': 'KeyId is not valid.',
        'ResourceUnavailable.CmkDisabled': 'The CMK is disabled.',
        'ResourceUnavailable.CmkNotFound': 'The CMK does not exist.',
        UnauthorizedOperation: 'Not authorized.',
      }),
    },
  },
  'tencent-intl': {
    title: 'Tencent Cloud GenerateDataKey, international edition (2026-03-18)',
    dialect: 'tencent',
    action: 'GenerateDataKey',
    lines: {
      endpoint: 'Requests go to kms.intl.tencentcloudapi.com.',
      rate: '150 requests a second.',
      ...parameter({
        Action: 'Required common parameter: GenerateDataKey.',
        Version: 'Required common parameter: 2019-01-18.',
        Region: 'Required common parameter.',
        KeyId: 'Required: id of the CMK.',
        KeySpec: 'AES_128 or AES_256; it or NumberOfBytes must be specified.',
        NumberOfBytes: '1 to 1024; prevails over KeySpec; it or KeySpec must be specified.',
        EncryptionContext: 'JSON of key/value pairs; the same must be given to decrypt.',
        EncryptionPublicKey:
          'PEM of an RSA-2048 or SM2 key that encrypts the Plaintext; empty: not encrypted.',
        EncryptionAlgorithm:
          'SM2, SM2_C1C3C2_ASN1, RSAES_PKCS1_V1_5, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256; empty: SM2.',
        IsHostedByKms: '1: KMS keeps the data key; 0: it does not.',
        DataKeyName: 'Required when hosted, optional when not.',
        Description: 'At most 100 bytes.',
        HsmClusterId: 'Checked against the cluster of the CMK.',
        Tags: 'Tags of a hosted data key.',
      }),
      ...response({
        KeyId: 'Id of the CMK.',
        Plaintext: 'The data key in base64, or its encryption under EncryptionPublicKey.',
        CiphertextBlob: 'The encrypted data key; Decrypt opens it.',
        DataKeyId: 'Id of a hosted data key.',
        TagCode: '0 success, 1 internal error, 2 business processing error.',
        TagMsg: 'What the tag operation says.',
        RequestId: 'Unique, in every reply.',
      }),
      'example 1 request': 'POST of JSON with a context and an SM2 public key.',
      'example 1 reply':
        'CiphertextBlob in three parts, KeyId, Plaintext of 128 bytes (SM2 of 32 bytes), RequestId.',
      ...error({
        'FailedOperation.EncryptionError': 'Encryption failed.',
        'FailedOperation.TaggingError': 'Tagging error.',
        InternalError: 'Internal error.',
        InvalidParameter: 'Invalid parameter.',
        'InvalidParameterValue.DataKeyNameAlreadyExists': 'The data key name already exists.',
        'InvalidParameterValue.InvalidDataKeyName': 'Invalid data key name.',
        'InvalidParameterValue.InvalidHsmClusterId': 'Invalid HSM cluster ID.',
        'InvalidParameterValue.InvalidKeyId': 'Invalid KeyId.',
        'InvalidParameterValue.InvalidKeyUsage': 'Incorrect KeyUsage.',
        'InvalidParameterValue.InvalidType': 'Incorrect Type.',
        'InvalidParameterValue.TagKeysDuplicated': 'Duplicate tag key.',
        'InvalidParameterValue.TagsNotExisted': 'The tag key or tag value does not exist.',
        'LimitExceeded.CmkLimitExceeded': 'The number of CMKs has reached the upper limit.',
        'LimitExceeded.DataKeyLimitExceeded': 'Data keys exceed the upper limit.',
        'ResourceUnavailable.CmkDisabled': 'The CMK has been disabled.',
        'ResourceUnavailable.CmkNotFound': 'The CMK does not exist.',
        'ResourceUnavailable.KeyPendingDelete': 'The key is pending deletion.',
        UnauthorizedOperation: 'Unauthorized operation.',
      }),
    },
  },
  'alibaba-2016': {
    title: 'Alibaba Cloud GenerateDataKey, Chinese page of the 2016 version',
    dialect: 'alibaba',
    action: 'GenerateDataKey',
    lines: {
      'text not stored': 'The data key is not kept; the caller keeps the ciphertext, and Decrypt opens it.',
      'text not derived': 'The CMK only encrypts the data key; it has no part in making it.',
      ...parameter({
        Action: 'Required: GenerateDataKey.',
        KeyId: 'Required: id of the CMK, or an alias bound to it.',
        KeySpec: 'AES_256 or AES_128; neither parameter: 256 bits; both: KeySpec is ignored.',
        NumberOfBytes: '1 to 1024 bytes.',
        EncryptionContext: 'JSON of key/value pairs; the same must be given to Decrypt.',
      }),
      ...response({
        CiphertextBlob: 'The data key encrypted by the primary version of the CMK.',
        KeyId: 'Id of the CMK, also when the request named an alias.',
        KeyVersionId: 'Id of the key version.',
        Plaintext: 'The data key, base64.',
        RequestId: 'Id of the request.',
      }),
      'example request': 'GET with KeyId alone.',
      'example XML reply': 'CiphertextBlob, KeyId, KeyVersionId, Plaintext, RequestId as XML.',
      'example JSON reply': 'The same members as JSON.',
    },
  },
  'alibaba-without-plaintext': {
    title: 'Alibaba Cloud GenerateDataKeyWithoutPlaintext',
    dialect: 'alibaba',
    action: 'GenerateDataKeyWithoutPlaintext',
    lines: {
      'text same but plaintext': 'Exactly what GenerateDataKey does, without the plaintext in the reply.',
      'text distributor': 'A key distributor needs only the permission for GenerateDataKeyWithoutPlaintext.',
      'text data plane': 'The data plane needs only the permission for Decrypt.',
      ...parameter({
        KeyId: 'Required: id of the CMK, or an alias bound to it.',
        KeySpec: 'AES_256 or AES_128; neither parameter: 256 bits; both: KeySpec is ignored.',
        NumberOfBytes: '1 to 1024 bytes.',
        EncryptionContext: 'Map of text to text; the same must be given to Decrypt.',
      }),
      ...response({
        KeyId: 'Id of the CMK, also when the request named an alias.',
        KeyVersionId: 'The version that encrypted: the primary one of the CMK.',
        CiphertextBlob: 'The data key encrypted by the primary version of the CMK.',
        RequestId: 'Id of the request.',
      }),
      'example request': 'GET with KeyId or alias, KeySpec=AES_256 and a context.',
      'example JSON reply': 'CiphertextBlob, KeyId, KeyVersionId, RequestId as JSON.',
      'example XML reply': 'The same members as XML.',
    },
  },
  'alibaba-2024': {
    title: 'Alibaba Cloud GenerateDataKey (2024-09-11)',
    dialect: 'alibaba',
    action: 'GenerateDataKey',
    lines: {
      rate: '750 requests a second and account; more are throttled.',
      ...parameter({
        Action: 'Required: GenerateDataKey.',
        KeyId: 'Required: id, alias or ARN acs:kms:region:account:key/keyid.',
        KeySpec: 'AES_256 or AES_128; neither parameter: 256 bits; both: KeySpec is ignored.',
        NumberOfBytes: '1 to 1024 bytes; 32 with AES_256, 16 with AES_128.',
        EncryptionContext: 'JSON of key/value pairs; an equivalent value must be given to Decrypt.',
        DryRun:
          'true: always an error: DryRunOperationError, ValidationError or AccessDeniedError; false: default.',
      }),
      ...response({
        KeyVersionId: 'Id of the key version.',
        KeyId: 'Id of the key, also when the request named an alias or an ARN.',
        CiphertextBlob: 'The data key encrypted by the primary version of the key.',
        RequestId: 'Id of the request.',
        Plaintext: 'The data key, base64.',
      }),
      'example request': 'KeyId, KeySpec, NumberOfBytes=256 and DryRun=false.',
      'example XML reply': 'HTTP 200, GenerateDataKeyResponse with the five members.',
      'example JSON reply': 'HTTP 200, the five members as JSON.',
      ...error({
        UnsupportedOperation: '400 This action is not supported.',
        'Forbidden.AliasNotFound': '404 The specified Alias is not found.',
        'Forbidden.KeyNotFound': '404 The specified Key is not found.',
        'Rejected.Disabled': '409 The request was rejected because the key state is Disabled.',
        'Rejected.PendingDeletion': '409 The request was rejected because the key state is PendingDeletion.',
        'Rejected.Unavailable': '409 The request was rejected because the key state is Unavailable.',
      }),
    },
  },
} as const satisfies Readonly<Record<string, Page>>

export type PageId = keyof typeof pages
