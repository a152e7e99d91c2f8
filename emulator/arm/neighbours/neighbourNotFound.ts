import { ArmError } from '../../armError.ts'

/** 404 as the resource manager itself words it. */
export function neighbourNotFound(type: string, name: string): ArmError {
  return new ArmError({
    status: 404,
    code: 'ResourceNotFound',
    message: `The Resource '${type}/${name}' under this resource group was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  })
}
