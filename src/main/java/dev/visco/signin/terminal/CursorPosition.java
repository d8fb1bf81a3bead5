package dev.visco.signin.terminal;

/**
 * Where the cursor is, as far as programs need it: they ask for it to learn that somebody answers,
 * and how wide a character was. Every character is one column wide.
 */
final class CursorPosition {
  private static final int TAB = 8;
  private final int columns;
  private final int rows;
  private int column = 1;
  private int row = 1;
  private int savedColumn = 1;
  private int savedRow = 1;

  CursorPosition(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  int column() {
    return column;
  }

  int row() {
    return row;
  }

  /** A printed character. */
  void print() {
    if (column > columns) {
      column = 1;
      lineFeed();
    }
    column++;
  }

  /** One of C0's movements. */
  void control(char control) {
    switch (control) {
      case '\r' -> column = 1;
      case '\n', '\u000b', '\f' -> lineFeed();
      case '\b' -> column = Math.max(1, column - 1);
      case '\t' -> column = Math.min(columns, (column - 1) / TAB * TAB + TAB + 1);
      default -> {
        // Moves nothing.
      }
    }
  }

  private void lineFeed() {
    row = Math.min(rows, row + 1);
  }

  /**
   * A control sequence that may move it; returns whether it did.
   *
   * @param last the sequence's last character
   * @param first its first parameter, 0 for none
   * @param second its second parameter, 0 for none
   */
  boolean move(char last, int first, int second) {
    int count = Math.max(1, first);
    switch (last) {
      case 'A' -> to(row - count, column);
      case 'B', 'e' -> to(row + count, column);
      case 'C', 'a' -> to(row, column + count);
      case 'D' -> to(row, column - count);
      case 'E' -> to(row + count, 1);
      case 'F' -> to(row - count, 1);
      case 'G', '`' -> to(row, count);
      case 'd' -> to(count, column);
      case 'H', 'f' -> to(count, Math.max(1, second));
      case 's' -> save();
      case 'u' -> restore();
      default -> {
        return last == 'J' || last == 'K';
      }
    }
    return true;
  }

  void save() {
    savedRow = row;
    savedColumn = column;
  }

  void restore() {
    to(savedRow, savedColumn);
  }

  private void to(int newRow, int newColumn) {
    row = Math.clamp(newRow, 1, rows);
    column = Math.clamp(newColumn, 1, columns);
  }
}
