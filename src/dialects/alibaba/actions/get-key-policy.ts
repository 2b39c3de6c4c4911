// GetKeyPolicy: the policy of a CMK of an instance.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { examplePolicy, policyName, requireDefault } from '../key-policy.ts'
import { keyIdOnly } from '../key-reference.ts'

/** A CMK that was given none has the default one, which leaves it to the policies of its account's users. */
export const getKeyPolicy = defineAction({
  name: 'GetKeyPolicy',
  summary: 'The policy of a CMK of an instance.',
  input: Type.Object({ KeyId: globalKeyId, PolicyName: policyName }),
  output: Type.Object({ Policy: Type.String() }),
  errors: [
    'MissingParameter',
    'Forbidden.KeyNotFound',
    'Forbidden.KeyPolicyUnSupported',
    'Forbidden.ResourceNotFound',
    'Unsupported.Alias',
  ],
  example: { input: { KeyId: exampleKeyId, PolicyName: 'default' }, output: { Policy: examplePolicy } },
  async handle({ KeyId, PolicyName }, context) {
    const keyId = keyIdOnly(KeyId, context)
    const policy = await context.kms.getKeyPolicy(context.caller, { keyId })
    requireDefault(PolicyName)
    return { Policy: policy }
  },
})
