//! A rasteriser on the CPU for pictures in tests: textured triangles, clipped and blended as egui's own
//! renderers do it, in gamma space with premultiplied alpha. It needs no GPU and no system package, and
//! gives the same bytes on every machine. It refuses paint callbacks, which nothing here uses.

#![expect(clippy::many_single_char_names, reason = "x, y, u, v and the corners a, b, c are the names in use")]

use std::collections::HashMap;

use egui::epaint::{ClippedPrimitive, ImageData, Primitive, Vertex};
use egui::{Color32, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbaImage;

/// One texture, premultiplied, as egui hands it over.
struct Texture {
    width: usize,
    height: usize,
    pixels: Vec<Color32>,
    filter: egui::TextureFilter,
}

/// Draws what egui paints into an image.
#[derive(Default)]
pub struct Raster {
    textures: HashMap<TextureId, Texture>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            for image in images {
                self.update(id, &image);
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let ppp = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * ppp;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let mut canvas = Canvas { width, height, pixels: vec![[0.0; 4]; width * height] };
        for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes.clone(), ppp) {
            let Primitive::Mesh(mesh) = primitive else {
                return Err("a paint callback cannot be drawn on the CPU".to_owned());
            };
            let Some(texture) = self.textures.get(&mesh.texture_id) else {
                return Err(format!("texture {:?} was never uploaded", mesh.texture_id));
            };
            let clip = Clip {
                x0: ((clip_rect.min.x * ppp).round().max(0.0) as usize).min(width),
                y0: ((clip_rect.min.y * ppp).round().max(0.0) as usize).min(height),
                x1: ((clip_rect.max.x * ppp).round().max(0.0) as usize).min(width),
                y1: ((clip_rect.max.y * ppp).round().max(0.0) as usize).min(height),
            };
            if clip.x0 >= clip.x1 || clip.y0 >= clip.y1 {
                continue;
            }
            for [a, b, c] in mesh.triangles() {
                let corners = [a, b, c].map(|index| Corner::new(&mesh.vertices[index as usize], ppp, texture));
                canvas.triangle(corners, clip, texture);
            }
        }
        Ok(canvas.into_image())
    }
}

impl Raster {
    fn update(&mut self, id: TextureId, delta: &egui::epaint::ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let Some([left, top]) = delta.pos else {
            let filter = delta.options.magnification;
            self.textures.insert(id, Texture { width, height, pixels: image.pixels.clone(), filter });
            return;
        };
        let Some(texture) = self.textures.get_mut(&id) else { return };
        for row in 0..height {
            let to = (top + row) * texture.width + left;
            texture.pixels[to..to + width].copy_from_slice(&image.pixels[row * width..(row + 1) * width]);
        }
    }
}

/// What may be painted, in whole pixels; the far edges are exclusive.
#[derive(Clone, Copy)]
struct Clip {
    x0: usize,
    y0: usize,
    x1: usize,
    y1: usize,
}

/// A vertex in pixels, with its colour as 0 to 255 and its place in the texture in texels.
#[derive(Clone, Copy)]
struct Corner {
    x: f32,
    y: f32,
    u: f32,
    v: f32,
    colour: [f32; 4],
}

impl Corner {
    fn new(vertex: &Vertex, ppp: f32, texture: &Texture) -> Self {
        Self {
            x: vertex.pos.x * ppp,
            y: vertex.pos.y * ppp,
            u: vertex.uv.x * texture.width as f32,
            v: vertex.uv.y * texture.height as f32,
            colour: vertex.color.to_array().map(f32::from),
        }
    }
}

impl Corner {
    /// Whether two corners bring the same colour, so that no mixing is needed between them.
    fn same_paint(&self, other: &Self) -> bool {
        let bits = |corner: &Self| (corner.u.to_bits(), corner.v.to_bits(), corner.colour.map(f32::to_bits));
        bits(self) == bits(other)
    }
}

impl Texture {
    /// The colour of one texel; beyond the edge it is that of the edge.
    fn texel(&self, x: f32, y: f32) -> [f32; 4] {
        let x = (x.max(0.0) as usize).min(self.width - 1);
        let y = (y.max(0.0) as usize).min(self.height - 1);
        self.pixels[y * self.width + x].to_array().map(f32::from)
    }

    /// The colour at a place given in texels, 0 to 255 a channel.
    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        if self.filter == egui::TextureFilter::Nearest {
            return self.texel(u.floor(), v.floor());
        }
        let (u, v) = (u - 0.5, v - 0.5);
        let (left, top) = (u.floor(), v.floor());
        let (fx, fy) = (u - left, v - top);
        let (a, b) = (self.texel(left, top), self.texel(left + 1.0, top));
        let (c, d) = (self.texel(left, top + 1.0), self.texel(left + 1.0, top + 1.0));
        std::array::from_fn(|i| {
            let upper = a[i] + (b[i] - a[i]) * fx;
            let lower = c[i] + (d[i] - c[i]) * fx;
            upper + (lower - upper) * fy
        })
    }
}

/// The image while it is painted: premultiplied, 0 to 255 a channel.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    /// Fills the pixels whose middle lies inside the triangle. A middle on an edge belongs to the
    /// triangle whose top or left edge it is, so neighbours never paint a pixel twice.
    fn triangle(&mut self, [a, mut b, mut c]: [Corner; 3], clip: Clip, texture: &Texture) {
        let mut area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        if [a, b, c].iter().all(|corner| corner.colour.iter().all(|&channel| channel <= 0.0)) {
            return;
        }
        let min_y = a.y.min(b.y).min(c.y);
        let max_y = a.y.max(b.y).max(c.y);
        let first = ((min_y - 0.5).ceil().max(0.0) as usize).max(clip.y0);
        let last = ((max_y - 0.5).floor().max(-1.0) + 1.0) as usize;
        let edges = [Edge::new(b, c), Edge::new(c, a), Edge::new(a, b)];
        let flat = [a, b, c].iter().all(|corner| corner.same_paint(&a));
        let solid = flat.then(|| modulate(a.colour, texture.sample(a.u, a.v)));

        for row in first..last.min(clip.y1) {
            let y = row as f32 + 0.5;
            let Some((from, to)) = span(&edges, y, clip) else { continue };
            for column in from..to {
                let x = column as f32 + 0.5;
                let weights = edges.map(|edge| edge.at(x, y));
                if !edges.iter().zip(weights).all(|(edge, weight)| edge.owns(weight)) {
                    continue;
                }
                let source = solid.unwrap_or_else(|| {
                    let [wa, wb, wc] = weights.map(|weight| weight / area);
                    let mix = |pick: &dyn Fn(&Corner) -> f32| pick(&a) * wa + pick(&b) * wb + pick(&c) * wc;
                    let texel = texture.sample(mix(&|corner| corner.u), mix(&|corner| corner.v));
                    modulate(std::array::from_fn(|i| mix(&|corner| corner.colour[i])), texel)
                });
                self.blend(row * self.width + column, source);
            }
        }
    }

    fn blend(&mut self, index: usize, source: [f32; 4]) {
        let keep = 1.0 - source[3] / 255.0;
        // Rounded like the eight bits of a real frame buffer, so that many thin layers add up alike.
        let target = &mut self.pixels[index];
        for (channel, value) in target.iter_mut().zip(source) {
            *channel = (value + *channel * keep).round().clamp(0.0, 255.0);
        }
    }

    fn into_image(self) -> RgbaImage {
        let bytes = self.pixels.iter().flat_map(|pixel| pixel.map(|channel| channel as u8)).collect();
        RgbaImage::from_raw(self.width as u32, self.height as u32, bytes).expect("the buffer has the image's size")
    }
}

fn modulate(colour: [f32; 4], texel: [f32; 4]) -> [f32; 4] {
    std::array::from_fn(|i| colour[i] * texel[i] / 255.0)
}

/// The pixels of one line that may lie inside all three edges, widened by one at either end;
/// the exact test is left to [`Edge::owns`].
fn span(edges: &[Edge; 3], y: f32, clip: Clip) -> Option<(usize, usize)> {
    let (mut low, mut high) = (clip.x0 as f32, clip.x1 as f32);
    for edge in edges {
        // The weight along the line is `step * x + rest`, and must not be negative.
        let rest = edge.at(0.0, y);
        if edge.step > 0.0 {
            low = low.max(-rest / edge.step - 1.5);
        } else if edge.step < 0.0 {
            high = high.min(-rest / edge.step + 1.5);
        } else if rest < 0.0 {
            return None;
        }
    }
    let from = low.floor().max(0.0) as usize;
    let to = (high.ceil().max(0.0) as usize).min(clip.x1);
    (from < to).then_some((from.max(clip.x0), to))
}

/// One edge of a triangle as a line function: positive inside, zero on the edge.
#[derive(Clone, Copy)]
struct Edge {
    from_x: f32,
    from_y: f32,
    dx: f32,
    dy: f32,
    /// How much the weight grows with one pixel to the right.
    step: f32,
    top_left: bool,
}

impl Edge {
    fn new(from: Corner, to: Corner) -> Self {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let top_left = dy < 0.0 || (dy == 0.0 && dx > 0.0);
        Self { from_x: from.x, from_y: from.y, dx, dy, step: -dy, top_left }
    }

    fn at(self, x: f32, y: f32) -> f32 {
        self.dx * (y - self.from_y) - self.dy * (x - self.from_x)
    }

    fn owns(self, weight: f32) -> bool {
        weight > 0.0 || (weight == 0.0 && self.top_left)
    }
}
