import { z } from 'zod'
import { workspaceName } from './config/names.ts'
import { checkedText, optional, text } from './inputs.ts'

/** A GUID, as Azure names subscriptions, tenants and applications. */
export const guid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a GUID, as Azure names subscriptions')
const clouds = ['public', 'usgovernment', 'china'] as const
const cloudName = z
  .string()
  .refine(
    (given) => clouds.some((cloud) => cloud === given) || /^https:\/\/[^/]+\/?$/.test(given),
    `must be ${clouds.join(', ')} or the https address of a resource manager`,
  )
const apiVersion = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(-\w+)?$/, 'must be a date such as 2026-05-01, with "-preview" where it is one')

/** Which workspace an operation works in; every operation has these inputs. */
export const workspaceInputs = {
  subscriptionId: checkedText(guid, 'Subscription of the workspace.', 'GUID'),
  resourceGroup: text('Resource group of the workspace.', 'NAME'),
  workspace: checkedText(workspaceName, 'Azure Machine Learning workspace.'),
  cloud: optional(
    checkedText(
      cloudName,
      `Cloud: ${clouds.join(', ')}, or the https address of a resource manager, such as the embedded workspace's. Default: public.`,
      'CLOUD',
    ),
  ),
  apiVersion: optional(
    checkedText(apiVersion, 'API version asked of Azure Machine Learning, for clouds that lag behind.', 'DATE'),
  ),
} as const
