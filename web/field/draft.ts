/** The key under which the report being written is kept on this phone. */
export const DRAFT = 'field.report'
