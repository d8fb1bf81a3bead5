package dev.visco.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;

/**
 * Documents as they come, by server-sent events (HTML, 9.2). To be closed: that ends the answer.
 */
public final class EventStream<T> implements Iterable<T>, AutoCloseable {
  private final InputStream answer;
  private final BufferedReader lines;
  private final Function<String, T> reader;
  private volatile String lastId;

  EventStream(InputStream answer, Function<String, T> reader) {
    this.answer = answer;
    this.lines = new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
    this.reader = reader;
  }

  /** The id up to which everything has come, null before the first. */
  public String lastId() {
    return lastId;
  }

  /** Blocks for the next one; can be gone through once. */
  @Override
  public Iterator<T> iterator() {
    return new Iterator<>() {
      private T next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          next = read();
        }
        return next != null;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        T one = next;
        next = null;
        return one;
      }
    };
  }

  private T read() {
    var data = new StringBuilder();
    String id = null;
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("data:")) {
          data.append(value(line)).append('\n');
        } else if (line.startsWith("id:")) {
          id = value(line);
        } else if (line.isEmpty()) {
          lastId = id == null ? lastId : id;
          if (data.length() > 0) {
            return reader.apply(data.toString());
          }
        }
      }
      return null;
    } catch (IOException e) {
      throw new ViscoConnectionException("The answer broke off.", e);
    }
  }

  private static String value(String line) {
    return line.substring(line.indexOf(':') + 1).replaceFirst("^ ", "");
  }

  @Override
  public void close() {
    try {
      answer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
