import type { Progress } from './services.ts';

/** As `fetch` for a body that is posted, and tells how much of it has gone: which `fetch` does not. */
export function postWithProgress(progress: Progress) {
  return (url: string, { method = 'POST', headers, body }: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of new Headers(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
      request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
      request.onerror = () => reject(new TypeError('no answer'));
      request.onabort = request.onerror;
      request.send(body as string);
    });
}
