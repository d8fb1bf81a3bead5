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
}
