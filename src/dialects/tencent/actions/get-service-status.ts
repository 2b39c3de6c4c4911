// GetServiceStatus: the service as this account has it: exclusive HSM clusters, CMKs used and allowed.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleCluster } from '../examples.ts'
import { strict } from '../fields.ts'

/** What is shown where this service has no limit. */
const unlimited = 2_147_483_647

export const getServiceStatus = defineAction({
  name: 'GetServiceStatus',
  summary: 'The service as this account has it: exclusive HSM clusters, CMKs used and allowed.',
  input: Type.Object({}, strict),
  output: Type.Object({
    ServiceEnabled: Type.Boolean(),
    InvalidType: Type.Integer(),
    UserLevel: Type.Integer(),
    ExclusiveVSMEnabled: Type.Boolean(),
    ExclusiveHSMEnabled: Type.Boolean(),
    CmkUserCount: Type.Integer(),
    CmkLimit: Type.Integer(),
    ExclusiveHSMList: Type.Array(Type.Object({ HsmClusterId: Type.String(), HsmClusterName: Type.String() })),
    IsAllowedDataKeyHosted: Type.Boolean(),
    DataKeyLimit: Type.Integer(),
    FreeDataKeyLimit: Type.Integer(),
    DataKeyUsedCount: Type.Integer(),
    IsAllowedSync: Type.Boolean(),
  }),
  errors: ['UnauthorizedOperation', 'UnsupportedOperation'],
  example: {
    input: {},
    output: {
      ServiceEnabled: true,
      InvalidType: 1,
      UserLevel: 1,
      ExclusiveVSMEnabled: false,
      ExclusiveHSMEnabled: true,
      CmkUserCount: 1,
      CmkLimit: 1000,
      ExclusiveHSMList: [{ HsmClusterId: exampleCluster, HsmClusterName: 'development A' }],
      IsAllowedDataKeyHosted: true,
      DataKeyLimit: 1000,
      FreeDataKeyLimit: 1000,
      DataKeyUsedCount: 1,
      IsAllowedSync: false,
    },
  },
  async handle(_input, { kms, caller }) {
    const { clusters, cmkCount, dataKeyCount, quotas } = await kms.describeService(caller)
    const dataKeyLimit = quotas.dataKey ?? unlimited
    return {
      ServiceEnabled: true,
      InvalidType: 1,
      UserLevel: 1,
      ExclusiveVSMEnabled: false,
      ExclusiveHSMEnabled: true,
      CmkUserCount: cmkCount,
      CmkLimit: quotas.cmk ?? unlimited,
      ExclusiveHSMList: clusters.map(({ id, name }) => ({ HsmClusterId: id, HsmClusterName: name })),
      IsAllowedDataKeyHosted: true,
      DataKeyLimit: dataKeyLimit,
      // None is sold here: all of them are free.
      FreeDataKeyLimit: dataKeyLimit,
      DataKeyUsedCount: dataKeyCount,
      IsAllowedSync: false,
    }
  },
})
