package dev.visco.session.ssh;

import org.apache.sshd.common.Factory;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.io.IoAcceptor;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceEventListener;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.io.IoServiceFactoryFactory;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.apache.sshd.common.util.threads.CloseableExecutorService;
import org.jspecify.annotations.Nullable;

/** Gives the library {@link SocketConnector}s in place of connectors of its own. */
final class SocketConnectors extends AbstractCloseable
    implements IoServiceFactoryFactory, IoServiceFactory {
  @Override
  public IoServiceFactory create(FactoryManager manager) {
    return this;
  }

  @Override
  public IoConnector createConnector(IoHandler handler) {
    return new SocketConnector(handler);
  }

  @Override
  public IoAcceptor createAcceptor(IoHandler handler) {
    throw new UnsupportedOperationException("a client accepts no connections");
  }

  @Override
  public void setExecutorServiceFactory(Factory<CloseableExecutorService> factory) {
    // Each connection has threads of its own.
  }

  @Override
  public @Nullable IoServiceEventListener getIoServiceEventListener() {
    return null;
  }

  @Override
  public void setIoServiceEventListener(@Nullable IoServiceEventListener listener) {
    // Connections are the caller's, who knows of them.
  }
}
