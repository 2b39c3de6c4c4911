// DescribeRegions: where the service is offered.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'

export const describeRegions = defineAction({
  name: 'DescribeRegions',
  summary: 'Where the service is offered.',
  input: Type.Object({}),
  output: Type.Object({
    Regions: Type.Object({ Region: Type.Array(Type.Object({ RegionId: Type.String() })) }),
  }),
  errors: [],
  example: { input: {}, output: { Regions: { Region: [{ RegionId: 'cn-hangzhou' }] } } },
  async handle(_input, { settings }) {
    return { Regions: { Region: [{ RegionId: settings.region }] } }
  },
})
