/** What Go's text/template would have said. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
