// Ask a slow answerer from a fast slider: wait for a short pause, keep one question on the way, and of
// those that came meanwhile ask only the last.

const PAUSE_MILLISECONDS = 35;

export function latestWins(ask, { asked, answered, failed }) {
  let waiting = null;
  let timer = null;
  let busy = false;

  async function go() {
    timer = null;
    if (busy || waiting === null) return;
    const question = waiting;
    waiting = null;
    busy = true;
    asked();
    const start = performance.now();
    try {
      const answer = await ask(question);
      answered(answer, performance.now() - start);
    } catch (error) {
      failed(error);
    }
    busy = false;
    go();
  }

  return (question) => {
    waiting = question;
    clearTimeout(timer);
    timer = setTimeout(go, PAUSE_MILLISECONDS);
  };
}
