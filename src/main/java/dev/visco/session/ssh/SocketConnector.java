package dev.visco.session.ssh;

import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.io.DefaultIoConnectFuture;
import org.apache.sshd.common.io.IoConnectFuture;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceEventListener;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;

/** "Connects" to the socket that the caller has connected, which the context holds. */
final class SocketConnector extends AbstractCloseable implements IoConnector {
  /** The connected socket in the context of a connection. */
  static final AttributeKey<ConnectedSocket> SOCKET = new AttributeKey<>();

  private final IoHandler handler;
  private final Map<Long, IoSession> links = new ConcurrentHashMap<>();

  SocketConnector(IoHandler handler) {
    this.handler = handler;
  }

  @Override
  public IoConnectFuture connect(
      SocketAddress peer,
      @Nullable AttributeRepository context,
      @Nullable SocketAddress localAddress) {
    var future = new DefaultIoConnectFuture(peer, null);
    if (context == null || context.getAttribute(SOCKET) == null) {
      future.setException(new IllegalStateException("no connected socket for " + peer));
      return future;
    }
    var link = new SocketLink(this, handler, context.getAttribute(SOCKET), peer);
    try {
      link.setAttribute(AttributeRepository.class, context);
      handler.sessionCreated(link);
      links.put(link.getId(), link);
      future.setSession(link);
      link.start();
    } catch (Exception e) {
      link.close(true);
      future.setException(e);
    }
    return future;
  }

  void ended(SocketLink link) {
    links.remove(link.getId());
  }

  @Override
  public Map<Long, IoSession> getManagedSessions() {
    return Map.copyOf(links);
  }

  @Override
  public @Nullable IoServiceEventListener getIoServiceEventListener() {
    return null;
  }

  @Override
  public void setIoServiceEventListener(@Nullable IoServiceEventListener listener) {
    // Connections are the caller's, who knows of them.
  }

  @Override
  protected void doCloseImmediately() {
    links.values().forEach(link -> link.close(true));
    super.doCloseImmediately();
  }
}
