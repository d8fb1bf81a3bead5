package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.session.GuestFileFault.FileFault;
import dev.visco.session.ssh.ConnectedSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An SFTP server that a guest's root wrote: every folder has one more of a name, without end. */
class SftpFilesTest {
  private static final int FOLDER = 040755;
  private final AtomicInteger reads = new AtomicInteger();

  private SftpClient server(String name) {
    var attributes = new Attributes().perms(FOLDER);
    return (SftpClient)
        Proxy.newProxyInstance(
            SftpClient.class.getClassLoader(),
            new Class<?>[] {SftpClient.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "stat", "lstat" -> attributes;
                  case "openDir" -> new Handle();
                  case "readDir", "readEntries" -> {
                    assertThat(reads.incrementAndGet()).as("it reads on").isLessThan(10_000);
                    yield List.of(new DirEntry(name, name, attributes));
                  }
                  case "rmdir" ->
                      throw new SftpException(SftpConstants.SSH_FX_FAILURE, "not empty");
                  default -> null;
                });
  }

  private static final class Handle extends CloseableHandle {
    Handle() {
      super("folder", new byte[1]);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../../etc", "a/b", "a\0b"})
  void namesThatNoFileCanHaveAreRefused(String name) throws IOException {
    refused(name);
  }

  @Test
  void namesLongerThanAnyAreRefused() throws IOException {
    refused("x".repeat(256));
    try (var files = new SftpFiles(server("ä".repeat(255)), new ConnectedSocket(new Socket()))) {
      assertThat(files.list("/").next().name()).hasSize(255);
    }
  }

  private void refused(String name) throws IOException {
    try (var files = new SftpFiles(server(name), new ConnectedSocket(new Socket()))) {
      assertThatThrownBy(files.list("/folder")::next)
          .isInstanceOf(UncheckedIOException.class)
          .cause()
          .isInstanceOfSatisfying(
              GuestFileFault.class, e -> assertThat(e.why()).isEqualTo(FileFault.BAD_NAME));
    }
  }

  @Test
  void foldersInFoldersWithoutEndAreLeft() {
    try (var files = new SftpFiles(server("x".repeat(200)), new ConnectedSocket(new Socket()))) {
      assertThatThrownBy(() -> new GuestTar(files).write("/", "", OutputStream.nullOutputStream()))
          .isInstanceOfSatisfying(
              GuestFileFault.class, e -> assertThat(e.why()).isEqualTo(FileFault.BAD_NAME));
    }
    assertThat(reads.get()).isLessThan(25);
  }

  @Test
  void aFolderWithoutEndIsNotEmptyByItsFirstEntry() {
    try (var files = new SftpFiles(server("name"), new ConnectedSocket(new Socket()))) {
      assertThatThrownBy(() -> files.remove("/folder"))
          .isInstanceOfSatisfying(
              GuestFileFault.class, e -> assertThat(e.why()).isEqualTo(FileFault.NOT_EMPTY));
    }
    assertThat(reads).hasValue(1);
  }
}
