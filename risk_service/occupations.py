"""Names of occupations: codes of ISCO-08, which KBJI 2014 shares down to its four digits, in words.

The English names follow ISCO-08 (ILO), the Indonesian ones the terms of KBJI 2014 (Kemnaker and BPS), shortened for a
line of a form. Unit groups are here as far as people are placed in them; any other code reads as its sub-major group.
"""

from __future__ import annotations

from typing import Final

from models.texts import Text

OTHER: Final = Text("Jabatan lain", "Other occupation")
"""A code that neither table knows."""
UNITS: Final[dict[str, Text]] = {
    "1120": Text("Direktur dan manajer umum", "Managing directors and chief executives"),
    "1321": Text("Manajer pabrik", "Manufacturing managers"),
    "1323": Text("Manajer konstruksi", "Construction managers"),
    "1411": Text("Manajer hotel", "Hotel managers"),
    "1412": Text("Manajer restoran", "Restaurant managers"),
    "2141": Text("Insinyur industri dan produksi", "Industrial and production engineers"),
    "2142": Text("Insinyur sipil", "Civil engineers"),
    "2144": Text("Insinyur mesin", "Mechanical engineers"),
    "2145": Text("Insinyur kimia", "Chemical engineers"),
    "2146": Text("Insinyur pertambangan dan metalurgi", "Mining engineers and metallurgists"),
    "2151": Text("Insinyur listrik", "Electrical engineers"),
    "2152": Text("Insinyur elektronika", "Electronics engineers"),
    "2161": Text("Arsitek bangunan", "Building architects"),
    "2211": Text("Dokter umum", "Generalist medical practitioners"),
    "2212": Text("Dokter spesialis", "Specialist medical practitioners"),
    "2221": Text("Perawat profesional", "Nursing professionals"),
    "2222": Text("Bidan profesional", "Midwifery professionals"),
    "2261": Text("Dokter gigi", "Dentists"),
    "2262": Text("Apoteker", "Pharmacists"),
    "2264": Text("Fisioterapis", "Physiotherapists"),
    "2310": Text("Dosen dan pengajar perguruan tinggi", "University and higher education teachers"),
    "2320": Text("Guru kejuruan", "Vocational education teachers"),
    "2330": Text("Guru sekolah menengah", "Secondary education teachers"),
    "2341": Text("Guru sekolah dasar", "Primary school teachers"),
    "2342": Text("Pendidik anak usia dini", "Early childhood educators"),
    "2353": Text("Guru bahasa lainnya", "Other language teachers"),
    "2411": Text("Akuntan", "Accountants"),
    "2512": Text("Pengembang perangkat lunak", "Software developers"),
    "2513": Text("Pengembang web dan multimedia", "Web and multimedia developers"),
    "2514": Text("Programer aplikasi", "Applications programmers"),
    "2636": Text("Pemuka agama", "Religious professionals"),
    "2652": Text("Pemusik, penyanyi dan penggubah lagu", "Musicians, singers and composers"),
    "2653": Text("Penari dan koreografer", "Dancers and choreographers"),
    "3112": Text("Teknisi sipil", "Civil engineering technicians"),
    "3113": Text("Teknisi listrik", "Electrical engineering technicians"),
    "3114": Text("Teknisi elektronika", "Electronics engineering technicians"),
    "3115": Text("Teknisi mesin", "Mechanical engineering technicians"),
    "3118": Text("Juru gambar teknik", "Draughtspersons"),
    "3121": Text("Penyelia pertambangan", "Mining supervisors"),
    "3122": Text("Penyelia pabrik", "Manufacturing supervisors"),
    "3123": Text("Penyelia konstruksi", "Construction supervisors"),
    "3151": Text("Ahli mesin kapal", "Ships' engineers"),
    "3152": Text("Nakhoda, perwira dek dan pandu kapal", "Ships' deck officers and pilots"),
    "3212": Text("Teknisi laboratorium medis", "Medical and pathology laboratory technicians"),
    "3213": Text("Asisten apoteker", "Pharmaceutical technicians and assistants"),
    "3221": Text("Asisten perawat", "Nursing associate professionals"),
    "3222": Text("Asisten bidan", "Midwifery associate professionals"),
    "3251": Text("Asisten dokter gigi dan terapis gigi", "Dental assistants and therapists"),
    "3255": Text("Asisten fisioterapis", "Physiotherapy technicians and assistants"),
    "3421": Text("Atlet dan olahragawan", "Athletes and sports players"),
    "3423": Text("Instruktur kebugaran dan rekreasi", "Fitness and recreation instructors"),
    "3434": Text("Juru masak kepala", "Chefs"),
    "3512": Text("Teknisi bantuan pengguna teknologi informasi", "ICT user support technicians"),
    "4110": Text("Tenaga tata usaha umum", "General office clerks"),
    "4120": Text("Sekretaris umum", "General secretaries"),
    "4132": Text("Petugas pengentri data", "Data entry clerks"),
    "4221": Text("Konsultan dan petugas biro perjalanan", "Travel consultants and clerks"),
    "4222": Text("Petugas pusat informasi telepon", "Contact centre information clerks"),
    "4224": Text("Resepsionis hotel", "Hotel receptionists"),
    "4226": Text("Resepsionis umum", "General receptionists"),
    "4321": Text("Petugas gudang dan persediaan", "Stock clerks"),
    "4323": Text("Petugas pengangkutan", "Transport clerks"),
    "5111": Text("Pramugara dan pramugari", "Travel attendants and travel stewards"),
    "5113": Text("Pemandu wisata", "Travel guides"),
    "5120": Text("Juru masak", "Cooks"),
    "5131": Text("Pelayan restoran", "Waiters"),
    "5132": Text("Bartender", "Bartenders"),
    "5141": Text("Penata rambut", "Hairdressers"),
    "5142": Text("Ahli kecantikan dan terapis spa", "Beauticians and related workers"),
    "5151": Text(
        "Penyelia kebersihan dan kerumahtanggaan di kantor dan hotel",
        "Cleaning and housekeeping supervisors in offices and hotels",
    ),
    "5152": Text("Pengurus rumah tangga", "Domestic housekeepers"),
    "5153": Text("Penjaga gedung", "Building caretakers"),
    "5162": Text("Pendamping dan pelayan pribadi", "Companions and valets"),
    "5164": Text("Perawat hewan", "Pet groomers and animal care workers"),
    "5165": Text("Instruktur mengemudi", "Driving instructors"),
    "5221": Text("Pemilik toko", "Shopkeepers"),
    "5222": Text("Penyelia toko", "Shop supervisors"),
    "5223": Text("Pramuniaga toko", "Shop sales assistants"),
    "5230": Text("Kasir dan petugas tiket", "Cashiers and ticket clerks"),
    "5245": Text("Petugas stasiun pengisian bahan bakar", "Service station attendants"),
    "5246": Text("Pelayan konter makanan", "Food service counter attendants"),
    "5311": Text("Pengasuh anak", "Child care workers"),
    "5312": Text("Asisten guru", "Teachers' aides"),
    "5321": Text("Asisten perawatan kesehatan", "Health care assistants"),
    "5322": Text("Pekerja perawatan pribadi di rumah", "Home-based personal care workers"),
    "5329": Text(
        "Pekerja perawatan pribadi pada layanan kesehatan lainnya",
        "Personal care workers in health services not elsewhere classified",
    ),
    "5411": Text("Petugas pemadam kebakaran", "Fire-fighters"),
    "5414": Text("Petugas keamanan", "Security guards"),
    "6111": Text("Petani tanaman semusim dan sayuran", "Field crop and vegetable growers"),
    "6112": Text("Petani tanaman keras dan semak", "Tree and shrub crop growers"),
    "6113": Text("Pekerja kebun, taman dan pembibitan", "Gardeners, horticultural and nursery growers"),
    "6114": Text("Petani tanaman campuran", "Mixed crop growers"),
    "6121": Text("Peternak sapi perah dan ternak besar", "Livestock and dairy producers"),
    "6122": Text("Peternak unggas", "Poultry producers"),
    "6130": Text("Petani tanaman dan ternak campuran", "Mixed crop and animal producers"),
    "6210": Text("Pekerja kehutanan", "Forestry and related workers"),
    "6221": Text("Pekerja budi daya perikanan", "Aquaculture workers"),
    "6222": Text("Nelayan perairan darat dan pantai", "Inland and coastal waters fishery workers"),
    "6223": Text("Nelayan laut dalam", "Deep-sea fishery workers"),
    "7111": Text("Tukang bangunan rumah", "House builders"),
    "7112": Text("Tukang batu bata dan pekerja terkait", "Bricklayers and related workers"),
    "7113": Text("Tukang batu alam", "Stonemasons, stone cutters, splitters and carvers"),
    "7114": Text("Tukang beton dan pengecoran", "Concrete placers, concrete finishers and related workers"),
    "7115": Text("Tukang kayu bangunan", "Carpenters and joiners"),
    "7119": Text(
        "Pekerja rangka bangunan dan perancah lainnya",
        "Building frame and related trades workers not elsewhere classified",
    ),
    "7122": Text("Pemasang lantai dan ubin", "Floor layers and tile setters"),
    "7123": Text("Tukang plester", "Plasterers"),
    "7126": Text("Tukang pipa dan ledeng", "Plumbers and pipe fitters"),
    "7127": Text("Mekanik pendingin udara dan lemari es", "Air conditioning and refrigeration mechanics"),
    "7131": Text("Tukang cat bangunan", "Painters and related workers"),
    "7132": Text("Tukang cat semprot dan pernis", "Spray painters and varnishers"),
    "7211": Text("Pekerja cetakan dan inti logam", "Metal moulders and coremakers"),
    "7212": Text("Tukang las dan pemotong logam", "Welders and flame cutters"),
    "7213": Text("Pekerja pelat logam", "Sheet metal workers"),
    "7214": Text("Pekerja rangka logam", "Structural metal preparers and erectors"),
    "7215": Text("Tukang tali-temali dan sambung kabel baja", "Riggers and cable splicers"),
    "7221": Text("Pandai besi dan pekerja tempa", "Blacksmiths, hammersmiths and forging press workers"),
    "7222": Text("Pembuat perkakas", "Toolmakers and related workers"),
    "7223": Text("Penyetel dan operator mesin logam", "Metal working machine tool setters and operators"),
    "7224": Text("Pemoles dan penggerinda logam", "Metal polishers, wheel grinders and tool sharpeners"),
    "7231": Text("Mekanik kendaraan bermotor", "Motor vehicle mechanics and repairers"),
    "7232": Text("Mekanik pesawat terbang", "Aircraft engine mechanics and repairers"),
    "7233": Text(
        "Mekanik mesin pertanian dan industri", "Agricultural and industrial machinery mechanics and repairers"
    ),
    "7411": Text("Tukang listrik bangunan", "Building and related electricians"),
    "7412": Text("Mekanik listrik", "Electrical mechanics and fitters"),
    "7413": Text("Pemasang jaringan listrik", "Electrical line installers and repairers"),
    "7421": Text("Mekanik elektronika", "Electronics mechanics and servicers"),
    "7511": Text("Tukang daging dan pengolah ikan", "Butchers, fishmongers and related food preparers"),
    "7512": Text("Pembuat roti, kue dan gula-gula", "Bakers, pastry-cooks and confectionery makers"),
    "7513": Text("Pengolah susu", "Dairy-products makers"),
    "7514": Text("Pengawet buah dan sayur", "Fruit, vegetable and related preservers"),
    "7522": Text("Pembuat mebel", "Cabinet-makers and related workers"),
    "7523": Text("Penyetel dan operator mesin kayu", "Woodworking-machine tool setters and operators"),
    "7531": Text("Penjahit pakaian", "Tailors, dressmakers, furriers and hatters"),
    "7533": Text("Pekerja jahit dan bordir", "Sewing, embroidery and related workers"),
    "7534": Text("Tukang pelapis jok dan mebel", "Upholsterers and related workers"),
    "8111": Text("Penambang", "Miners and quarriers"),
    "8121": Text("Operator instalasi pengolahan logam", "Metal processing plant operators"),
    "8122": Text("Operator mesin pelapis logam", "Metal finishing, plating and coating machine operators"),
    "8131": Text("Operator mesin produk kimia", "Chemical products plant and machine operators"),
    "8141": Text("Operator mesin produk karet", "Rubber products machine operators"),
    "8142": Text("Operator mesin produk plastik", "Plastic products machine operators"),
    "8143": Text("Operator mesin produk kertas", "Paper products machine operators"),
    "8151": Text("Operator mesin pemintal", "Fibre preparing, spinning and winding machine operators"),
    "8152": Text("Operator mesin tenun dan rajut", "Weaving and knitting machine operators"),
    "8153": Text("Operator mesin jahit", "Sewing machine operators"),
    "8154": Text("Operator mesin pencelup dan pemutih kain", "Bleaching, dyeing and fabric cleaning machine operators"),
    "8156": Text("Operator mesin pembuat sepatu", "Shoemaking and related machine operators"),
    "8157": Text("Operator mesin cuci", "Laundry machine operators"),
    "8160": Text("Operator mesin produk makanan", "Food and related products machine operators"),
    "8172": Text("Operator instalasi pengolahan kayu", "Wood processing plant operators"),
    "8183": Text("Operator mesin pengemas", "Packing, bottling and labelling machine operators"),
    "8189": Text(
        "Operator mesin dan instalasi tetap lainnya",
        "Stationary plant and machine operators not elsewhere classified",
    ),
    "8211": Text("Perakit mesin", "Mechanical machinery assemblers"),
    "8212": Text("Perakit peralatan listrik dan elektronik", "Electrical and electronic equipment assemblers"),
    "8219": Text("Perakit lainnya", "Assemblers not elsewhere classified"),
    "8321": Text("Pengemudi sepeda motor", "Motorcycle drivers"),
    "8322": Text("Pengemudi mobil, taksi dan van", "Car, taxi and van drivers"),
    "8331": Text("Pengemudi bus dan trem", "Bus and tram drivers"),
    "8332": Text("Pengemudi truk dan kendaraan berat", "Heavy truck and lorry drivers"),
    "8341": Text("Operator mesin pertanian dan kehutanan", "Mobile farm and forestry plant operators"),
    "8342": Text("Operator alat berat pemindah tanah", "Earthmoving and related plant operators"),
    "8343": Text("Operator derek dan alat angkat", "Crane, hoist and related plant operators"),
    "8344": Text("Operator forklif", "Lifting truck operators"),
    "8350": Text("Awak dek kapal", "Ships' deck crews and related workers"),
    "9111": Text("Pembersih dan pembantu rumah tangga", "Domestic cleaners and helpers"),
    "9112": Text(
        "Petugas kebersihan kantor dan hotel", "Cleaners and helpers in offices, hotels and other establishments"
    ),
    "9121": Text("Pencuci dan penyetrika", "Hand launderers and pressers"),
    "9122": Text("Pencuci kendaraan", "Vehicle cleaners"),
    "9129": Text("Petugas kebersihan lainnya", "Other cleaning workers"),
    "9211": Text("Buruh pertanian tanaman", "Crop farm labourers"),
    "9212": Text("Buruh peternakan", "Livestock farm labourers"),
    "9213": Text("Buruh pertanian tanaman dan ternak", "Mixed crop and livestock farm labourers"),
    "9214": Text("Buruh kebun dan taman", "Garden and horticultural labourers"),
    "9215": Text("Buruh kehutanan", "Forestry labourers"),
    "9216": Text("Buruh perikanan", "Fishery and aquaculture labourers"),
    "9311": Text("Buruh pertambangan", "Mining and quarrying labourers"),
    "9312": Text("Buruh bangunan sipil", "Civil engineering labourers"),
    "9313": Text("Buruh bangunan gedung", "Building construction labourers"),
    "9321": Text("Pengemas dengan tangan", "Hand packers"),
    "9329": Text("Buruh industri pengolahan lainnya", "Manufacturing labourers not elsewhere classified"),
    "9333": Text("Pekerja bongkar muat", "Freight handlers"),
    "9334": Text("Pengisi rak", "Shelf fillers"),
    "9411": Text("Penyiap makanan cepat saji", "Fast food preparers"),
    "9412": Text("Pembantu dapur", "Kitchen helpers"),
    "9611": Text("Pengumpul sampah", "Garbage and recycling collectors"),
    "9621": Text("Kurir, pengantar barang dan porter", "Messengers, package deliverers and luggage porters"),
    "9622": Text("Pekerja serabutan", "Odd job persons"),
    "9629": Text("Pekerja kasar lainnya", "Elementary workers not elsewhere classified"),
}
"""Unit groups, by their four digits."""
GROUPS: Final[dict[str, Text]] = {
    "01": Text("Perwira TNI dan Polri", "Commissioned armed forces officers"),
    "02": Text("Bintara TNI dan Polri", "Non-commissioned armed forces officers"),
    "03": Text("Tamtama TNI dan Polri", "Armed forces occupations, other ranks"),
    "11": Text(
        "Pimpinan eksekutif, pejabat tinggi dan pembuat peraturan", "Chief executives, officials and legislators"
    ),
    "12": Text("Manajer administrasi dan komersial", "Administrative and commercial managers"),
    "13": Text("Manajer produksi dan layanan khusus", "Production and specialized services managers"),
    "14": Text("Manajer jasa perhotelan, perdagangan dan lainnya", "Hospitality, retail and other services managers"),
    "21": Text("Profesional ilmu pengetahuan dan teknik", "Science and engineering professionals"),
    "22": Text("Profesional kesehatan", "Health professionals"),
    "23": Text("Profesional pengajaran", "Teaching professionals"),
    "24": Text("Profesional bisnis dan administrasi", "Business and administration professionals"),
    "25": Text(
        "Profesional teknologi informasi dan komunikasi", "Information and communications technology professionals"
    ),
    "26": Text("Profesional hukum, sosial dan budaya", "Legal, social and cultural professionals"),
    "31": Text("Asisten profesional ilmu pengetahuan dan teknik", "Science and engineering associate professionals"),
    "32": Text("Asisten profesional kesehatan", "Health associate professionals"),
    "33": Text("Asisten profesional bisnis dan administrasi", "Business and administration associate professionals"),
    "34": Text(
        "Asisten profesional hukum, sosial dan budaya", "Legal, social, cultural and related associate professionals"
    ),
    "35": Text("Teknisi informasi dan komunikasi", "Information and communications technicians"),
    "41": Text("Tenaga tata usaha umum dan juru ketik", "General and keyboard clerks"),
    "42": Text("Tenaga layanan pelanggan", "Customer services clerks"),
    "43": Text("Tenaga tata usaha keuangan dan persediaan", "Numerical and material recording clerks"),
    "44": Text("Tenaga tata usaha lainnya", "Other clerical support workers"),
    "51": Text("Pekerja jasa perorangan", "Personal service workers"),
    "52": Text("Pekerja penjualan", "Sales workers"),
    "53": Text("Pekerja perawatan pribadi", "Personal care workers"),
    "54": Text("Pekerja jasa keamanan", "Protective services workers"),
    "61": Text("Pekerja terampil pertanian", "Market-oriented skilled agricultural workers"),
    "62": Text(
        "Pekerja terampil kehutanan, perikanan dan perburuan",
        "Market-oriented skilled forestry, fishery and hunting workers",
    ),
    "63": Text(
        "Petani, nelayan, pemburu dan pengumpul untuk kebutuhan sendiri",
        "Subsistence farmers, fishers, hunters and gatherers",
    ),
    "71": Text(
        "Pekerja bangunan, kecuali tukang listrik", "Building and related trades workers, excluding electricians"
    ),
    "72": Text("Pekerja logam dan mesin", "Metal, machinery and related trades workers"),
    "73": Text("Pekerja kerajinan tangan dan percetakan", "Handicraft and printing workers"),
    "74": Text("Pekerja listrik dan elektronik", "Electrical and electronic trades workers"),
    "75": Text(
        "Pekerja pengolahan makanan, kayu dan pakaian",
        "Food processing, wood working, garment and other craft and related trades workers",
    ),
    "81": Text("Operator mesin dan instalasi tetap", "Stationary plant and machine operators"),
    "82": Text("Perakit", "Assemblers"),
    "83": Text("Pengemudi dan operator mesin bergerak", "Drivers and mobile plant operators"),
    "91": Text("Petugas kebersihan dan pembantu", "Cleaners and helpers"),
    "92": Text("Buruh pertanian, kehutanan dan perikanan", "Agricultural, forestry and fishery labourers"),
    "93": Text(
        "Buruh pertambangan, konstruksi, industri dan pengangkutan",
        "Labourers in mining, construction, manufacturing and transport",
    ),
    "94": Text("Pembantu penyiapan makanan", "Food preparation assistants"),
    "95": Text("Pekerja jalanan dan pedagang keliling", "Street and related sales and service workers"),
    "96": Text(
        "Pekerja kebersihan lingkungan dan pekerja kasar lainnya", "Refuse workers and other elementary workers"
    ),
}
"""Sub-major groups, by their two digits."""
_LEAST: Final = 4
"""Letters from which on a part of a name is looked for."""
_CODES: Final = {name.casefold(): code for code, text in UNITS.items() for name in (text.id, text.en)}


def occupation_name(code: str | None) -> Text | None:
    """Return what an occupation is called: its unit group, else its sub-major group, else `OTHER`; None for None."""
    return None if code is None else _name(code)


def occupation(code: str) -> Text:
    """Return an occupation as it reads where the code counts as well, as on a permit: its name and then its code."""
    name = _name(code)
    return Text(f"{name.id} ({code})", f"{name.en} ({code})")


def occupation_code(name: str) -> str | None:
    """Return the code of a unit group by its name in either language, or a part that no other has; else None."""
    wanted = " ".join(name.casefold().split())
    if wanted in _CODES:
        return _CODES[wanted]
    found = {code for known, code in _CODES.items() if wanted in known} if len(wanted) >= _LEAST else set()
    return found.pop() if len(found) == 1 else None


def _name(code: str) -> Text:
    return UNITS.get(code) or GROUPS.get(code[:2]) or OTHER
