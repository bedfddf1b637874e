rule disk_image_with_program
{
  meta:
    title = "A disk image with a program in it"
    explanation = "The file is a disk image (ISO or VHD) that holds a program. Images are sent because what is in them escapes the warning that Windows gives of downloaded files."
    weight = 75
    category = "malware"
  strings:
    $iso = "CD001"
    $vhd = "conectix"
    $mz = "This program cannot be run in DOS mode"
    $lnk = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
  condition:
    (for any i in (1..#iso) : (@iso[i] == 0x8001 or @iso[i] == 0x8801) or ($vhd and @vhd[1] == 0)) and any of ($mz, $lnk)
}
