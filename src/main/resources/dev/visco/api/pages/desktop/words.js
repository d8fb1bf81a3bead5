/** What is said about each state: a title, its cause, what to do about it, and the command for that. */

/** Close codes of Visco's WebSocket (docs/architecture/desktops.md lists them). */
export const CLOSED = Object.freeze({
  NOT_ALLOWED: 4001,
  NO_DESKTOP: 4004,
  IDLE: 4008,
  ENDED: 4009,
  NO_ANSWER: 4010,
  LIMIT: 4029,
});

export function denied(id) {
  return {
    title: 'This link has been used or has expired',
    cause: 'A link opens one page, once, and only for a short time. The page that it opened works as long as its tab is open.',
    remedy: 'Ask for another link:',
    command: `visco open ${id}`,
  };
}

export function noLink(id) {
  return {
    title: 'This page needs a link',
    cause: 'Nothing tells who you are: the address was opened without the secret that comes with a link.',
    remedy: 'Ask for a link:',
    command: `visco open ${id}`,
  };
}

export function withdrawn(id) {
  return {
    title: 'This page may not see the desktop any more',
    cause: 'Its leave has expired, or the VM has been destroyed.',
    remedy: 'Ask for another link; visco ps tells whether the VM is still there.',
    command: `visco open ${id}`,
  };
}

export function idle() {
  return {
    title: 'Closed because nothing happened for a long while',
    cause: 'The desktop goes on as it was.',
    remedy: '',
  };
}

export function limited(reason) {
  return {
    title: 'Too many are looking at once',
    cause: reason || 'The desktop takes no further viewer just now.',
    remedy: 'This page tries again by itself.',
  };
}

export function lost() {
  return {
    title: 'The connection is lost',
    cause: 'Visco does not answer: the network is down, or Visco is being restarted. The desktop goes on meanwhile.',
    remedy: 'This page tries again by itself.',
  };
}

export function silent(reason, report) {
  return {
    title: 'The VM runs, but its desktop does not answer',
    cause: report?.diagnosis?.cause || reason || 'The guest’s VNC server took no connection.',
    remedy: report?.diagnosis?.remedy || 'It is started again by itself when it has ended; this page tries again.',
    command: report?.id ? `visco diagnose ${report.id}` : '',
  };
}

export function refused(reason) {
  return { title: 'There is no desktop to see here', cause: reason, remedy: '' };
}

/** A mistake of ours, or a browser that lacks what this page needs. */
export function broken(message) {
  return {
    title: 'This page has failed',
    cause: message,
    remedy: 'Reload it. If that does not help, try another browser and tell whoever runs Visco.',
  };
}

/** What a VM's state means for who looks at it, or nothing where its desktop should answer. */
export function ofState(report) {
  const id = report.id;
  const why = {
    cause: report.diagnosis?.cause || report.failure || '',
    remedy: report.diagnosis?.remedy || '',
  };
  switch (report.state) {
    case 'creating':
      return {
        title: 'The VM is starting',
        cause: 'Its desktop is shown as soon as it is there.',
        remedy: '',
        isOver: false,
      };
    case 'paused':
      return {
        title: 'The VM is paused',
        cause: 'It stands still until somebody lets it go on.',
        remedy: 'This page goes on by itself then:',
        command: `visco resume ${id}`,
        isOver: false,
      };
    case 'suspended':
      return {
        title: 'The VM is suspended',
        cause: why.cause || 'Its memory is on the disk, where it goes on from.',
        remedy: 'Open its desktop again then:',
        command: `visco resume ${id}`,
        isOver: true,
      };
    case 'asleep':
      return {
        title: 'The VM is asleep',
        cause: 'Nobody has used it for a while. It goes on where it was.',
        remedy: 'Load this page again to wake it.',
        isOver: true,
      };
    case 'archived':
      return {
        title: 'The VM is archived',
        cause: 'Nobody has used it for long. It boots from its disk.',
        remedy: 'Load this page again to wake it.',
        isOver: true,
      };
    case 'failed':
      return {
        title: 'The VM has failed',
        cause: why.cause || 'It never met all of its criteria.',
        remedy: why.remedy || 'Its report and console are kept:',
        command: `visco diagnose ${id}`,
        isOver: true,
      };
    case 'stopped':
      return {
        title: 'The VM has stopped',
        cause: why.cause || 'Its machine has ended since it was ready.',
        remedy: why.remedy || 'Its report and console are kept:',
        command: `visco diagnose ${id}`,
        isOver: true,
      };
    case 'destroying':
    case 'destroyed':
      return {
        title: 'The VM has been destroyed',
        cause: why.cause || 'Somebody removed it, or its time was over. What was on it is gone.',
        remedy: 'A new one takes a moment:',
        command: 'visco create --type browser',
        isOver: true,
      };
    default:
      return undefined;
  }
}
