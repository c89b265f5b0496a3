//! A pairing code as something to scan: PNG, SVG, or text for a terminal.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use qrcode::{Color, EcLevel, QrCode, render::svg};
use switchboard_core::Error;

/// Pixels for each dot, and the white rim in dots that scanners need.
const SCALE: usize = 6;
const RIM: usize = 4;

/// A pairing code drawn.
pub struct PairingImage(QrCode);

impl PairingImage {
    pub fn of(code: &str) -> Result<Self, Error> {
        let image = QrCode::with_error_correction_level(code, EcLevel::L);
        image.map(Self).map_err(|e| Error::internal(format!("a pairing code does not fit a QR code: {e}")))
    }

    /// Black on white, one bit a pixel.
    pub(crate) fn png(&self) -> Result<Vec<u8>, Error> {
        let side = (self.0.width() + 2 * RIM) * SCALE;
        let mut bytes = Vec::new();
        let pixels = u32::try_from(side).map_err(Error::internal)?;
        let mut encoder = png::Encoder::new(&mut bytes, pixels, pixels);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(Error::internal)?;
        writer.write_image_data(&self.bits(side)).map_err(Error::internal)?;
        writer.finish().map_err(Error::internal)?;
        Ok(bytes)
    }

    pub(crate) fn data_url(&self) -> Result<String, Error> {
        Ok(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(self.png()?)))
    }

    #[must_use]
    pub fn svg(&self) -> String {
        self.0.render::<svg::Color<'_>>().min_dimensions(256, 256).build()
    }

    /// Two dots a character, drawn in the background's colour, as terminals are dark more often than not.
    pub(crate) fn text(&self) -> String {
        let side = self.0.width() + 2 * RIM;
        let line = |top: usize| -> String {
            (0..side).map(|x| half_block(self.is_dark(x, top), self.is_dark(x, top + 1))).chain(['\n']).collect()
        };
        (0..side).step_by(2).map(line).collect()
    }

    fn bits(&self, side: usize) -> Vec<u8> {
        let row = |y: usize| (0..side.div_ceil(8)).map(move |byte| self.byte(byte * 8, y / SCALE));
        (0..side).flat_map(row).collect()
    }

    /// Eight pixels from `x` on; a set bit is white.
    fn byte(&self, x: usize, y: usize) -> u8 {
        (0..8).fold(0, |bits, i| bits << 1 | u8::from(!self.is_dark((x + i) / SCALE, y)))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(RIM).filter(|at| *at < self.0.width());
        matches!((inside(x), inside(y)), (Some(x), Some(y)) if self.0[(x, y)] == Color::Dark)
    }
}

fn half_block(top_is_dark: bool, bottom_is_dark: bool) -> char {
    match (top_is_dark, bottom_is_dark) {
        (true, true) => ' ',
        (false, true) => '▀',
        (true, false) => '▄',
        (false, false) => '█',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_png_shows_what_the_code_says() {
        let image = PairingImage::of("2@abc,def,ghi").unwrap();
        let bytes = image.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let side = info.width as usize;
        assert_eq!(side, (image.0.width() + 2 * RIM) * SCALE);
        let row = info.line_size;
        for (x, y) in [(0, 0), (SCALE * RIM, SCALE * RIM), (side / 2, side / 2), (side - 1, side - 1)] {
            let white = pixels[y * row + x / 8] >> (7 - x % 8) & 1 == 1;
            assert_eq!(white, !image.is_dark(x / SCALE, y / SCALE), "{x},{y}");
        }
        assert!(image.is_dark(RIM, RIM), "the corner of a finder pattern");
    }

    #[test]
    fn the_terminal_text_is_square() {
        let text = PairingImage::of("2@abc").unwrap().text();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count().div_ceil(2) == lines.len()), "{text}");
    }
}
