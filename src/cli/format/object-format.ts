import { ExitError } from '../exit-error.ts';

/** `inspect`'s output: an indented JSON array, one compact line each with `json`, or a template's text line by line. */
export async function formatObjects(objects: readonly object[], format: string | undefined): Promise<string> {
  if (format === undefined || format === '') return `${JSON.stringify(objects, null, 4)}\n`;
  if (format === 'json') return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
  const render = await templateFor(format);
  return objects.map((object) => `${render(object)}\n`).join('');
}

/** @throws ExitError for a template that does not parse; the answer throws it for one that asks for what is not there */
export async function templateFor(source: string): Promise<(data: unknown) => string> {
  const { compileTemplate } = await import('../template/template.ts');
  const { TemplateError } = await import('../template/template-error.ts');
  const parsing = <R>(action: () => R): R => {
    try {
      return action();
    } catch (error) {
      if (error instanceof TemplateError) {
        throw new ExitError(1, `template parsing error: ${error.message}`, { cause: error });
      }
      throw error;
    }
  };
  const template = parsing(() => compileTemplate(source.replaceAll('\\t', '\t').replaceAll('\\n', '\n')));
  return (data) => parsing(() => template.render(data));
}
