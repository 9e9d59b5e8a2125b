//! A sheet as dots: one bit each, black on white, as a thermal printer takes them and as a picture file that people can look at.

/// Rows of a sheet at most: half a metre of paper.
pub(super) const ROWS_MAX: usize = 4_000;
/// Octets before the pixels of a bitmap file: its two headers and a palette of two.
const BMP_HEAD: usize = 14 + 40 + 8;
/// Dots a metre at 203 dpi.
const DOTS_METRE: u32 = 7_992;

/// Rows of dots. What is drawn outside is not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raster {
    /// Octets of a row.
    stride: usize,
    bits: Vec<u8>,
}

impl Raster {
    /// No rows yet, each `width` dots wide: a multiple of 32.
    pub(super) fn new(width: u16) -> Self {
        Self { stride: usize::from(width).div_ceil(8), bits: Vec::new() }
    }

    /// Octets of a row.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.bits.len().checked_div(self.stride).unwrap_or_default()
    }

    /// Makes white rows up to `rows`, as far as paper goes.
    pub(super) fn reach(&mut self, rows: i32) {
        let rows = usize::try_from(rows).unwrap_or_default().min(ROWS_MAX);
        if rows > self.rows() {
            self.bits.resize(rows.saturating_mul(self.stride), 0);
        }
    }

    /// All octets, row after row; the highest bit is the leftmost dot.
    pub(super) fn bits(&self) -> &[u8] {
        &self.bits
    }

    fn octet(&mut self, x: i32, y: i32) -> Option<(&mut u8, u8)> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        let column = x / 8;
        if column >= self.stride {
            return None;
        }
        let at = y.checked_mul(self.stride)?.checked_add(column)?;
        Some((self.bits.get_mut(at)?, 0x80 >> (x % 8)))
    }

    /// Blackens a dot.
    pub(super) fn ink(&mut self, x: i32, y: i32) {
        if let Some((octet, bit)) = self.octet(x, y) {
            *octet |= bit;
        }
    }

    /// Blackens a box.
    pub(super) fn bar(&mut self, left: i32, top: i32, width: i32, height: i32) {
        for y in top..top.saturating_add(height) {
            for x in left..left.saturating_add(width) {
                self.ink(x, y);
            }
        }
    }

    /// Blackens a round spot.
    pub(super) fn spot(&mut self, x: i32, y: i32, radius: i32) {
        let inside = radius.saturating_mul(radius).saturating_add(radius / 2);
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                if dx.saturating_mul(dx).saturating_add(dy.saturating_mul(dy)) <= inside {
                    self.ink(x.saturating_add(dx), y.saturating_add(dy));
                }
            }
        }
    }

    /// Turns black and white about in a box.
    pub(super) fn invert(&mut self, left: i32, top: i32, width: i32, height: i32) {
        for y in top..top.saturating_add(height) {
            for x in left..left.saturating_add(width) {
                if let Some((octet, bit)) = self.octet(x, y) {
                    *octet ^= bit;
                }
            }
        }
    }

    /// The same dots as a picture file (BMP, one bit a dot).
    pub(super) fn bmp(&self) -> Vec<u8> {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (width, rows) = (narrow(self.stride.saturating_mul(8)), narrow(self.rows()));
        let size = narrow(self.bits.len());
        let whole = size.saturating_add(narrow(BMP_HEAD));
        let mut file = Vec::with_capacity(self.bits.len().saturating_add(BMP_HEAD));
        file.extend(b"BM");
        for field in [whole, 0, narrow(BMP_HEAD), 40, width, rows] {
            file.extend(field.to_le_bytes());
        }
        for field in [1_u16, 1] {
            file.extend(field.to_le_bytes());
        }
        for field in [0, size, DOTS_METRE, DOTS_METRE, 2, 2, 0x00ff_ffff, 0] {
            file.extend(field.to_le_bytes());
        }
        // From the lowest row up, as such files are.
        for row in self.bits.chunks(self.stride.max(1)).rev() {
            file.extend(row);
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_outside_are_not_drawn_and_paper_has_an_end() {
        let mut raster = Raster::new(32);
        raster.reach(2);
        for (x, y) in [(-1, 0), (32, 0), (0, 2), (0, -1), (i32::MAX, i32::MAX)] {
            raster.ink(x, y);
        }
        assert_eq!(raster.bits(), [0; 8]);
        raster.ink(31, 1);
        raster.ink(0, 0);
        assert_eq!(raster.bits(), [0x80, 0, 0, 0, 0, 0, 0, 1]);
        raster.invert(0, 0, 8, 1);
        assert_eq!(raster.bits().first(), Some(&0x7f));
        raster.reach(i32::MAX);
        assert_eq!(raster.rows(), ROWS_MAX);
    }

    #[test]
    fn a_picture_file_begins_with_its_lowest_row() {
        let mut raster = Raster::new(32);
        raster.reach(2);
        raster.ink(0, 1);
        let file = raster.bmp();
        assert_eq!(file.len(), BMP_HEAD + 8);
        assert_eq!(file[..6], [b'B', b'M', 70, 0, 0, 0]);
        assert_eq!(file[BMP_HEAD..], [0x80, 0, 0, 0, 0, 0, 0, 0]);
    }
}
