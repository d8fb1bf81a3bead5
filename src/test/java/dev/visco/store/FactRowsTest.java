package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class FactRowsTest {
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private FactRows facts;

  FactRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    facts = new FactRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  @Test
  void aFactIsKeptUntilItIsTakenAway() {
    assertThat(facts.find("colour")).isEmpty();
    assertThat(facts.findOrAdd("colour", "red")).isEqualTo("red");
    assertThat(facts.findOrAdd("colour", "blue")).isEqualTo("red");
    facts.set("colour", "green");
    facts.set("colour", "green");
    assertThat(facts.find("colour")).contains("green");
    facts.remove("colour");
    facts.remove("colour");
    assertThat(facts.findOrAdd("colour", "blue")).isEqualTo("blue");
  }

  @Test
  void anotherHostsFactsAreItsOwn() {
    var there = new FactRows(store, "there");
    facts.set("colour", "red");
    assertThat(there.find("colour")).isEmpty();
    assertThat(there.findOrAdd("colour", "blue")).isEqualTo("blue");
    there.remove("colour");
    assertThat(facts.find("colour")).contains("red");
  }
}
