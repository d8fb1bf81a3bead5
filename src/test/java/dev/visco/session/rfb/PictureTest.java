package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PictureTest {
  @Test
  void isAPngFileThatOthersRead() throws IOException {
    var random = new Random(7);
    int[] pixels = random.ints(31 * 17).map(pixel -> pixel & 0xffffff).toArray();
    var picture = new Picture(31, 17, pixels);
    BufferedImage read = ImageIO.read(new ByteArrayInputStream(picture.png()));
    assertThat(read.getWidth()).isEqualTo(31);
    assertThat(read.getHeight()).isEqualTo(17);
    for (int y = 0; y < 17; y++) {
      for (int x = 0; x < 31; x++) {
        assertThat(read.getRGB(x, y) & 0xffffff).isEqualTo(picture.pixel(x, y));
      }
    }
  }

  @Test
  void countsItsColours() {
    assertThat(new Picture(2, 2, new int[] {1, 2, 0x01000001, 3}).colours()).isEqualTo(3);
    assertThat(new Picture(2, 1, new int[] {5, 5}).isBlank()).isTrue();
    assertThat(new Picture(2, 1, new int[] {5, 6}).isBlank()).isFalse();
    assertThatThrownBy(() -> new Picture(2, 2, new int[3])).hasMessageContaining("2x2");
  }

  /** A screen of zeros with a rectangle of other colours. */
  private static Picture with(int width, int height, int x, int y, int columns, int rows) {
    int[] pixels = new int[width * height];
    for (int row = y; row < y + rows; row++) {
      for (int at = x; at < x + columns; at++) {
        pixels[row * width + at] = 1 + (at + row) % 2;
      }
    }
    return new Picture(width, height, pixels);
  }

  @Test
  void aPointerAloneIsNoDesktop() {
    assertThat(with(1024, 768, 512, 384, 16, 24).isBlank()).isTrue();
    assertThat(with(1024, 768, 0, 0, 10, 16).isBlank()).as("at its first corner").isTrue();
    assertThat(with(1024, 768, 1020, 760, 4, 8).isBlank()).as("at its last corner").isTrue();
    assertThat(with(1024, 768, 960, 100, 64, 64).isBlank()).as("a large one").isTrue();
    assertThat(with(80, 60, 40, 30, 16, 18).isBlank()).as("on a small screen").isTrue();
  }

  @Test
  void whatIsLargerThanAPointerIsADesktop() {
    assertThat(with(1024, 768, 0, 740, 1024, 1).isBlank()).as("a line of a tray").isFalse();
    assertThat(with(1024, 768, 100, 100, 65, 2).isBlank()).isFalse();
    assertThat(with(1024, 768, 100, 100, 2, 65).isBlank()).isFalse();
    assertThat(with(80, 60, 40, 30, 16, 19).isBlank()).as("much of a small screen").isFalse();
    int[] two = new int[1024 * 768];
    two[1024 * 10 + 10] = 7;
    two[1024 * 700 + 900] = 7;
    assertThat(new Picture(1024, 768, two).isBlank()).as("two specks").isFalse();
  }
}
