import { z } from 'zod'
import { parseImageName } from '../image/imageName.ts'

/** The name of an image, as an input. */
export const imageText = z
  .string()
  .refine(
    (name) => parseImageName(name) !== undefined,
    'must be the name of an image: REPOSITORY, REPOSITORY:TAG or REGISTRY/REPOSITORY:TAG, in lower case',
  )
