/** Where clients watch the operations of one provider, below a subscription's locations. */
export interface OperationPages {
  readonly provider: string
  readonly status: string
  /** Where the outcome of an operation is had. */
  readonly results: string
  /** The word for an operation under way. */
  readonly running: 'Updating' | 'InProgress'
}

/** Azure ML's own, as recorded. */
export const mlPages: OperationPages = {
  provider: 'Microsoft.MachineLearningServices',
  status: 'mfeOperationsStatus',
  results: 'mfeOperationResults',
  running: 'Updating',
}

export const computePages: OperationPages = {
  provider: 'Microsoft.MachineLearningServices',
  status: 'computeOperationsStatus',
  results: 'computeOperationsResults',
  running: 'InProgress',
}

/** Other providers keep to the resource manager's contract for asynchronous operations. */
export function pagesOf(provider: string): OperationPages {
  return { provider, status: 'operationStatuses', results: 'operationResults', running: 'InProgress' }
}
