// SetKeyPolicy: another policy for a CMK of an instance.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { checkPolicy, examplePolicy, policyName, policyText, requireDefault } from '../key-policy.ts'
import { keyIdOnly } from '../key-reference.ts'

/** The key's owner itself may do everything whatever the policy says, so nobody can lock a CMK for good. */
export const setKeyPolicy = defineAction({
  name: 'SetKeyPolicy',
  summary: 'Gives a CMK of an instance another policy.',
  input: Type.Object({ KeyId: globalKeyId, PolicyName: policyName, Policy: policyText }),
  output: Type.Object({}),
  errors: [
    'MissingParameter',
    'InvalidParameter',
    'Forbidden.KeyNotFound',
    'Forbidden.KeyPolicyUnSupported',
    'Forbidden.ResourceNotFound',
    'Unsupported.Alias',
  ],
  example: { input: { KeyId: exampleKeyId, PolicyName: 'default', Policy: examplePolicy }, output: {} },
  async handle({ KeyId, PolicyName, Policy }, context) {
    const policy = checkPolicy(Policy)
    requireDefault(PolicyName)
    await context.kms.setKeyPolicy(context.caller, { keyId: keyIdOnly(KeyId, context), policy })
    return {}
  },
})
