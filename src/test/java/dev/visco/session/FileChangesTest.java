package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.session.FileChanges.Change;
import dev.visco.session.FileChanges.Entry;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileChangesTest {
  private static final String FILE = "5 1700000000.5 1700000000.5 1:7 644 0 0 f";
  private final FileChanges changes = new FileChanges();

  private static SortedMap<String, Entry> seen(String... pathsAndFields) {
    var seen = new TreeMap<String, Entry>();
    for (int at = 0; at < pathsAndFields.length; at += 2) {
      seen.put(pathsAndFields[at], Objects.requireNonNull(Entry.of(pathsAndFields[at + 1])));
    }
    return seen;
  }

  private List<String> next(String... pathsAndFields) {
    return changes.next(seen(pathsAndFields)).stream().map(FileChangesTest::text).toList();
  }

  private static String text(Change change) {
    return change.kind() + " " + (change.from() == null ? "" : change.from() + ">") + change.path();
  }

  @Test
  void theFirstLookIsWhatIsThere() {
    assertThat(next("/a", FILE)).isEmpty();
    assertThat(changes.entries()).isEqualTo(1);
    assertThat(next("/a", FILE)).isEmpty();
  }

  @Test
  void whatComesGoesAndChangesIsTold() {
    next("/a", FILE, "/b", FILE.replace("1:7", "1:8"));
    assertThat(next("/a", FILE.replace("000.5 ", "001.5 "), "/c", FILE.replace("1:7", "1:9")))
        .containsExactly("REMOVED /b", "CREATED /c", "CHANGED /a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "6 1700000000.5 1700000000.5 1:7 644 0 0 f",
        "5 1700000000.6 1700000000.5 1:7 644 0 0 f",
        "5 1700000000.5 1700000000.6 1:7 644 0 0 f",
        "5 1700000000.5 1700000000.5 1:8 644 0 0 f",
        "5 1700000000.5 1700000000.5 1:7 600 0 0 f",
        "5 1700000000.5 1700000000.5 1:7 644 1 0 f",
        "5 1700000000.5 1700000000.5 1:7 644 0 1 f",
        "5 1700000000.5 1700000000.5 1:7 644 0 0 l"
      })
  void anythingElseOfAFileIsAChange(String fields) {
    next("/a", FILE);
    assertThat(next("/a", fields)).containsExactly("CHANGED /a");
  }

  @Test
  void aFolderIsNotChangedByWhatIsInIt() {
    next("/d", "4096 1.5 1.5 1:7 755 0 0 d");
    assertThat(next("/d", "8192 2.5 2.5 1:7 755 0 0 d")).isEmpty();
    assertThat(next("/d", "8192 2.5 2.5 1:7 700 0 0 d")).containsExactly("CHANGED /d");
  }

  @Test
  void theSameFileUnderAnotherPathIsRenamedAndANewOneWithItsNumberIsNot() {
    next("/a", FILE);
    assertThat(next("/b", FILE)).containsExactly("RENAMED /a>/b");
    assertThat(next("/c", FILE.replace("1700000000.5", "1700000009.5")))
        .containsExactly("REMOVED /b", "CREATED /c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "5 1 1 1:7 644 0 0",
        "x 1 1 1:7 644 0 0 f",
        "5 1 1 7 644 0 0 f",
        "5 1 1 1:7 9 0 0 f",
        "99999999999999999999 1 1 1:7 644 0 0 f",
        "5 99999999999999 1 1:7 644 0 0 f"
      })
  void whatIsNoEntryIsNone(String fields) {
    assertThat(Entry.of(fields)).isNull();
  }
}
