// Every text that Tencent's `Error.Message` may have, in English and Chinese. The code never depends on the language.
import { WireError } from '../dialect.ts'

/** Values of X-TC-Language and Language. */
export type Language = 'en-US' | 'zh-CN'

/** What goes into a text's `{places}`. */
export type Facts = Readonly<Record<string, string | number>>

const texts = {
  actionUnknown: ['The action `{action}` does not exist.', '接口 `{action}` 不存在。'],
  aliasExists: ['The Alias `{alias}` already exists.', '别名 `{alias}` 已存在。'],
  aliasNotFound: ['The CMK named `{alias}` does not exist.', '名为 `{alias}` 的 CMK 不存在。'],
  authorizationInvalid: [
    'The Authorization header does not conform to the standard.',
    '请求头部的 Authorization 不符合腾讯云标准。',
  ],
  bodyNotJson: ['The request body is not well-formed JSON.', '请求体不是合法的 JSON。'],
  bodyNotObject: ['The request body must be a JSON object.', '请求体必须是 JSON 对象。'],
  ciphertextInvalid: ['The CiphertextBlob is invalid.', 'CiphertextBlob 不合法。'],
  clusterInvalid: ['The HsmClusterId `{clusterId}` is invalid.', 'HsmClusterId `{clusterId}` 不合法。'],
  cmkArchived: ['The CMK has been archived.', 'CMK 已被归档。'],
  cmkDisabled: ['The CMK has been disabled.', 'CMK 已被禁用。'],
  cmkNotFound: ['The CMK `{keyId}` does not exist.', 'CMK `{keyId}` 不存在。'],
  cmkNotPendingDelete: ['The CMK is not pending deletion.', 'CMK 未处于计划删除状态。'],
  cmkPendingDelete: ['The key is not available as it is pending deletion.', 'CMK 处于计划删除状态，不可用。'],
  cmkQuota: ['The number of CMKs has reached its upper limit ({quota}).', 'CMK 数量已达上限（{quota}）。'],
  cmkShouldBeDisabled: [
    'The CMK must be disabled before its deletion is scheduled.',
    '计划删除 CMK 之前必须先将其禁用。',
  ],
  cmkState: ['The state of the CMK does not support this operation.', 'CMK 的状态不支持该操作。'],
  contentTypeInvalid: [
    'The `Content-Type` of a POST request must be `application/json`.',
    'POST 请求的 `Content-Type` 必须是 `application/json`。',
  ],
  dataKeyDisabled: ['The data key has been disabled.', '数据密钥已被禁用。'],
  dataKeyNameExists: ['The DataKeyName `{name}` already exists.', '数据密钥名称 `{name}` 已存在。'],
  dataKeyNotFound: ['The data key `{dataKeyId}` does not exist.', '数据密钥 `{dataKeyId}` 不存在。'],
  dataKeyNotPendingDelete: ['The data key is not pending deletion.', '数据密钥未处于计划删除状态。'],
  dataKeyPendingDelete: [
    'The data key is not available as it is pending deletion.',
    '数据密钥处于计划删除状态，不可用。',
  ],
  dataKeyQuota: [
    'The number of hosted data keys has reached its upper limit ({quota}).',
    '托管的数据密钥数量已达上限（{quota}）。',
  ],
  dataKeyState: [
    'The state of the data key does not support this operation.',
    '数据密钥的状态不支持该操作。',
  ],
  dryRun: ['The request would have been carried out.', '请求本可以执行。'],
  encryptionFailed: [
    'Encryption under `EncryptionPublicKey` failed: the key cannot be read, is not one of `EncryptionAlgorithm`, or is too small.',
    '使用 `EncryptionPublicKey` 加密失败：公钥无法解析、与 `EncryptionAlgorithm` 不匹配或长度不足。',
  ],
  importMaterialInvalid: [
    'The `ImportKeyMaterial` is not a ciphertext data key of this service.',
    '`ImportKeyMaterial` 不是由 KMS 生成的密文数据密钥。',
  ],
  importUnsupported: ['CMKs with imported material are not supported.', '不支持密钥材料由用户导入的 CMK。'],
  internalError: ['Internal error.', '内部错误。'],
  keyUsageInvalid: [
    'The KeyUsage of the CMK `{keyId}` does not allow this operation.',
    'CMK `{keyId}` 的 KeyUsage 不支持该操作。',
  ],
  keyUsageUnsupported: [
    'The KeyUsage `{usage}` is not supported in this region.',
    '当前地域不支持 KeyUsage `{usage}`。',
  ],
  lengthMissing: [
    'Either `KeySpec` or `NumberOfBytes` must be specified.',
    '`KeySpec` 和 `NumberOfBytes` 必须指定一个。',
  ],
  methodUnsupported: ['Only the methods GET and POST are supported.', '仅支持 GET 和 POST 方法。'],
  notRole: [
    'Only the administrator of an organization may act for a member account.',
    '仅集团账号的管理员可以代成员账号操作。',
  ],
  parameterMissing: [
    'The request is missing the required parameter `{parameter}`.',
    '缺少必要参数 `{parameter}`。',
  ],
  parameterType: [
    'The parameter `{parameter}` has the wrong type or format.',
    '参数 `{parameter}` 的类型或格式错误。',
  ],
  parameterUnknown: ['The parameter `{parameter}` is not recognized.', '未知参数 `{parameter}`。'],
  parameterValue: ['The value of the parameter `{parameter}` is invalid.', '参数 `{parameter}` 的取值错误。'],
  rateExceeded: [
    'The request rate of this action has exceeded its limit ({rate} per second). Try again later.',
    '该接口的请求频率超过限制（{rate} 次/秒），请稍后重试。',
  ],
  requestTooLarge: ['The request exceeds the size limit.', '请求大小超过限制。'],
  requestTooLargeForV1: [
    'The request is too large for this signature method; use TC3-HMAC-SHA256.',
    '请求大小超过该签名方法的限制，请使用 TC3-HMAC-SHA256。',
  ],
  rotateOff: [
    'The CMK does not support rotation: enable key rotation first.',
    '该 CMK 不支持轮转：请先开启密钥轮换。',
  ],
  rotateRunning: ['A rotation of the CMK is under way.', '该 CMK 的轮转任务正在进行。'],
  rotateTooEarly: [
    'The CMK was rotated less than 24 hours ago. Try again later.',
    '距该 CMK 上次轮转不足 24 小时，请稍后重试。',
  ],
  rotateVersions: ['The CMK has as many versions as it may have.', '该 CMK 的版本数量已达上限。'],
  secretIdNotFound: [
    'The SecretId does not exist. Check that it is correct and enabled.',
    'SecretId 不存在，请检查其是否正确且已启用。',
  ],
  serviceUnavailable: ['The service is temporarily unavailable.', '服务暂时不可用。'],
  signatureExpired: [
    "The timestamp is {skew} seconds from the server's time; {limit} are allowed.",
    '时间戳与服务器时间相差 {skew} 秒，允许的最大偏差为 {limit} 秒。',
  ],
  signatureFailure: [
    'The provided credentials could not be validated. Check that your signature is correct.',
    '请求的签名验证失败，请检查签名计算是否正确。',
  ],
  taggingFailed: ['The tags could not be set.', '标签操作失败。'],
  tagKeysDuplicated: ['The TagKey `{key}` is duplicated in Tags.', 'Tags 中的标签键 `{key}` 重复。'],
  tagNotExisted: ['The TagKey `{key}` or its TagValue does not exist.', '标签键 `{key}` 或其标签值不存在。'],
  throttled: [
    'The number of requests exceeds what can be served now. Try again later.',
    '请求数量超过当前可处理的上限，请稍后重试。',
  ],
  timestampFormat: [
    'The parameter `{parameter}` must be a time in unix seconds.',
    '参数 `{parameter}` 必须是以秒为单位的 UNIX 时间戳。',
  ],
  tokenFailure: ['The token is wrong or has expired.', 'Token 错误或已过期。'],
  unauthorized: [
    'You are not authorized to perform `{action}` on `{resource}`.',
    '您没有在资源 `{resource}` 上执行 `{action}` 的权限。',
  ],
  versionUnknown: ['The version `{version}` does not exist.', '接口版本 `{version}` 不存在。'],
} as const satisfies Readonly<Record<string, readonly [english: string, chinese: string]>>

export type MessageName = keyof typeof texts

/** The text in a language. */
export function say(name: MessageName, language: Language, facts: Facts = {}): string {
  const text = texts[name][language === 'zh-CN' ? 1 : 0]
  return text.replaceAll(/\{(\w+)\}/g, (place, fact: string) => String(facts[fact] ?? place))
}

/** An error of the gateway or of an action, which every language has a text for. */
export function refuse(code: string, name: MessageName, facts: Facts = {}): WireError {
  return new WireError(code, say(name, 'en-US', facts), 200, (language) =>
    say(name, language as Language, facts),
  )
}
